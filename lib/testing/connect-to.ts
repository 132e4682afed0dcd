// Connects a client to an application in the same process, without a port: its HTTP server is given one end of a connection
// in memory, as Node allows, and everything from the HTTP request on is what it always is.

import { Server } from 'node:http';
import { Server as TlsServer } from 'node:tls';
import { connect } from '../client/connect.js';
import { MemorySocket } from './memory-socket.js';
import { TestClient } from './test-client.js';

/** A Nest application that was initialised, or an HTTP server such as `adapter.httpServerOf(81)`. */
export type ConnectTarget = { getHttpServer(): unknown } | Server;

export interface ConnectToOptions {
  /** Path and query of the request. @default '/' */
  readonly path?: string;
  /** Further header fields, such as Authorization, Cookie or Origin. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** In the order of preference. @default none */
  readonly subprotocols?: readonly string[];
  /** Offers permessage-deflate. @default false */
  readonly compression?: boolean;
  /** How long anything may take that the client waits for, in milliseconds of real time. @default 2000 */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 2_000;
const MAX_REFUSAL_BYTES = 64 * 1024;

/** A spec's client may send and receive whatever it likes; what takes too long is found by who waits for it. */
const NO_LIMITS = {
  maxMessageBytes: 0,
  maxFragments: 0,
  maxBufferedBytes: 0,
  reassemblyTimeoutMs: 0,
  closeTimeoutMs: 0,
};

/**
 * @throws HandshakeRefusedError with status, headers and body where the server does not accept; Error where nobody listens
 * for upgrades
 */
export async function connectTo(target: ConnectTarget, options: ConnectToOptions = {}): Promise<TestClient> {
  const { path = '/', timeoutMs = DEFAULT_TIMEOUT_MS, headers = {}, subprotocols = [], compression = false } = options;
  if (!path.startsWith('/')) throw new TypeError(`a path begins with a slash, not ${JSON.stringify(path)}`);
  const server = serverOf(target);
  const isTls = server instanceof TlsServer;
  const [clientEnd, serverEnd] = MemorySocket.pair();
  const socket = await connect(`${isTls ? 'wss' : 'ws'}://localhost${path}`, {
    headers,
    subprotocols,
    compression,
    maxRefusalBytes: MAX_REFUSAL_BYTES,
    limits: { ...NO_LIMITS, handshakeTimeoutMs: timeoutMs },
    createConnection: () => {
      // What an HTTPS server gets from TLS is marked so.
      if (isTls) server.emit('secureConnection', Object.assign(serverEnd, { encrypted: true }));
      else server.emit('connection', serverEnd);
      return clientEnd;
    },
  });
  return new TestClient(socket, timeoutMs);
}

function serverOf(target: ConnectTarget): Server | TlsServer {
  const server = 'getHttpServer' in target ? target.getHttpServer() : target;
  if (!(server instanceof Server) && !(server instanceof TlsServer)) {
    throw new TypeError('connectTo needs a Nest application or an HTTP server');
  }
  if (server.listenerCount('upgrade') === 0) {
    throw new Error(
      'nobody listens for upgrades: app.useWebSocketAdapter(new WireAdapter(app)) and await app.init() come first, ' +
        'and a gateway on a port of its own is reached by connectTo(adapter.httpServerOf(port))',
    );
  }
  return server;
}
