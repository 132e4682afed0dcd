// Opens a WebSocket connection as a client (RFC 6455 §4.1): a URL goes in, an open socket comes out, or an error that says
// what the server answered. The codec is the server's own, with the roles exchanged.

import { randomBytes } from 'node:crypto';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { ConnectionOptions } from '../connection/connection.js';
import { DEFAULT_CONNECTION_LIMITS } from '../connection/default-limits.js';
import { type CompressionSettings, createCompression } from '../connection/zlib/create-compression.js';
import {
  HandshakeError,
  handshakeFields,
  type HandshakeOffer,
  readHandshakeAnswer,
} from '../handshake/client-handshake.js';
import { isToken } from '../handshake/header-grammar.js';
import { DEFLATE_OFFER } from '../handshake/permessage-deflate.js';
import { ClientSocket } from './client-socket.js';
import { readRefusal } from './handshake-refused.error.js';

export interface ConnectOptions {
  /** In the order of preference. @default none */
  readonly subprotocols?: readonly string[];
  /** Further header fields of the request, such as Authorization or Cookie. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Offers permessage-deflate. @default false */
  readonly compression?: boolean;
  /** For `wss:`, such as `ca` or `rejectUnauthorized`. */
  readonly tls?: TlsOptions;
  /** Speaks over this stream instead of connecting; the URL still gives path and Host. */
  readonly createConnection?: () => Duplex;
  /** How much of the body is read where the server refuses, in bytes. @default 0 */
  readonly maxRefusalBytes?: number;
  readonly limits?: Partial<ConnectionOptions['limits'] & { readonly handshakeTimeoutMs: number }>;
  readonly heartbeat?: Partial<ConnectionOptions['heartbeat']>;
}

/** As generous as a server's, but for heartbeat, which is the server's part. */
const DEFAULT_LIMITS = { ...DEFAULT_CONNECTION_LIMITS, handshakeTimeoutMs: 10_000 };
const DEFAULT_COMPRESSION: CompressionSettings = { thresholdBytes: 1024, level: -1, memoryLevel: 8 };
const KEY_BYTES = 16;

/**
 * @param url `ws:` or `wss:`, without a fragment (§3)
 * @throws TypeError for a URL or subprotocols that cannot be; HandshakeRefusedError, HandshakeError, or the error of the
 * transport
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<ClientSocket> {
  const target = new URL(url);
  if (target.protocol !== 'ws:' && target.protocol !== 'wss:') {
    throw new TypeError(`a WebSocket URL begins with ws: or wss:, not ${target.protocol}`);
  }
  if (target.hash !== '') throw new TypeError('a WebSocket URL has no fragment (RFC 6455 §3)');
  const { subprotocols = [] } = options;
  if (!subprotocols.every(isToken) || new Set(subprotocols).size < subprotocols.length) {
    throw new TypeError('the subprotocols must be tokens, each another (RFC 6455 §4.1)');
  }
  const offer: HandshakeOffer = {
    key: randomBytes(KEY_BYTES).toString('base64'),
    subprotocols,
    extensions: options.compression ? DEFLATE_OFFER : undefined,
  };
  const { response, duplex, head } = await upgrade(target, offer, options);
  try {
    return open(response, duplex, head, offer, options);
  } catch (error) {
    duplex.destroy();
    throw error;
  }
}

interface Upgraded {
  readonly response: IncomingMessage;
  readonly duplex: Duplex;
  readonly head: Buffer;
}

function upgrade(target: URL, offer: HandshakeOffer, options: ConnectOptions): Promise<Upgraded> {
  const { handshakeTimeoutMs } = { ...DEFAULT_LIMITS, ...options.limits };
  const { createConnection, maxRefusalBytes = 0 } = options;
  return new Promise((resolve, reject) => {
    const isTls = target.protocol === 'wss:' && createConnection === undefined;
    const request = (isTls ? requestHttps : requestHttp)({
      ...(isTls ? options.tls : {}),
      protocol: isTls ? 'https:' : 'http:',
      host: target.hostname.replace(/^\[|\]$/g, ''),
      port: target.port || (target.protocol === 'wss:' ? 443 : 80),
      path: target.pathname + target.search,
      headers: { Host: target.host, ...options.headers, ...handshakeFields(offer) },
      // An agent would connect by itself.
      ...(createConnection === undefined ? { agent: false } : { createConnection }),
    });
    const late = new HandshakeError(`no answer to the handshake within ${handshakeTimeoutMs} ms`);
    let refusal: IncomingMessage | undefined;
    const giveUp = (): unknown => (refusal === undefined ? request.destroy(late) : refusal.destroy());
    const timer = handshakeTimeoutMs > 0 ? setTimeout(giveUp, handshakeTimeoutMs) : undefined;
    request.on('upgrade', (response: IncomingMessage, duplex: Duplex, head: Buffer) => {
      resolve({ response, duplex, head });
    });
    request.on('response', (response) => {
      // To Node, a 101 without Upgrade is an answer like any other.
      if (response.statusCode === 101) {
        reject(new HandshakeError('the answer upgrades to nothing'));
        request.destroy();
        return;
      }
      refusal = response;
      void readRefusal(response, maxRefusalBytes).then((error) => {
        reject(error);
        // Its body, which may never end, is not waited for.
        request.destroy();
      });
    });
    request.on('error', reject);
    request.on('close', () => clearTimeout(timer));
    request.end();
  });
}

function open(
  response: IncomingMessage,
  duplex: Duplex,
  head: Buffer,
  offer: HandshakeOffer,
  { limits, heartbeat }: ConnectOptions,
): ClientSocket {
  const { subprotocol, extensions, deflate } = readHandshakeAnswer(response.rawHeaders, offer);
  const connectionOptions: ConnectionOptions = {
    autoPong: true,
    limits: { ...DEFAULT_LIMITS, ...limits },
    heartbeat: { intervalMs: 0, timeoutMs: 20_000, ...heartbeat },
  };
  return new ClientSocket(duplex, head, connectionOptions, {
    subprotocol,
    extensions,
    compression: deflate && createCompression('client', deflate, DEFAULT_COMPRESSION),
  });
}
