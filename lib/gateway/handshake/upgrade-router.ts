// The upgrades of one HTTP server: finds the path's gateway, has the handshake judged, and answers with a 101 and a client,
// or with a refusal. Upgrades for nobody's path are left to other listeners where there are any.

import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import { type HandshakeRequest, isRefusal, readHandshakeRequest } from '../../handshake/handshake-request.js';
import { encodeHandshakeResponse } from '../../handshake/handshake-response.js';
import { acceptDeflate } from '../../handshake/permessage-deflate.js';
import { isOriginAllowed } from '../../handshake/origin-policy.js';
import { encodeRefusal, type Refusal } from '../../handshake/refusal.js';
import { chooseSubprotocol } from '../../handshake/subprotocol.js';
import { handshakeChannel } from '../../connection/diagnostics.js';
import { createCompression } from '../../connection/zlib/create-compression.js';
import { ConnectionDeadline } from './connection-deadline.js';
import { handshakeOf } from './handshake.js';
import { addRequestFields } from './request-fields.js';
import type { Admission } from './handshake-gate.js';
import { MALFORMED_PATH, PathTable, type Route } from './path-table.js';
import { PEER_GONE, SERVER_CLOSING, withinHandshake } from './within-handshake.js';
import type { ResolvedAdapterOptions } from '../options/adapter-options.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import { verifyClient } from './verify-client.js';
import type { WireServer } from '../wire-server.js';
import { WireSocket } from '../socket/wire-socket.js';
import { logUnhandled } from '../log-unhandled.js';

const NO_LINES: Admission = { lines: [] };
const logger = new Logger('WireAdapter');

/** What Node's HTTP server hands over. */
interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

export class UpgradeRouter {
  readonly httpServer: Server;
  private readonly options: ResolvedAdapterOptions;
  private readonly servers: WireServer[];
  private readonly paths: PathTable<WireServer>;
  private readonly deadline: ConnectionDeadline;

  constructor(httpServer: Server, options: ResolvedAdapterOptions) {
    this.httpServer = httpServer;
    this.options = options;
    this.servers = [];
    this.paths = new PathTable();
    this.deadline = new ConnectionDeadline(httpServer, options.limits.handshakeTimeoutMs);
    httpServer.on('upgrade', this.upgrade);
  }

  /** @param rank of its path among those that match a request, where several do */
  add(server: WireServer, rank: number): void {
    this.servers.push(server);
    if (!this.isPlatformWs) this.paths.add(server.path, server, rank);
  }

  /** The server of a path, exactly as it was added. */
  serverOf(path: string | undefined): WireServer | undefined {
    return this.servers.find((server) => server.path === path);
  }

  /** Leaves the HTTP server as it was found. */
  detach(): void {
    this.httpServer.off('upgrade', this.upgrade);
    this.deadline.stop();
  }

  private readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.deadline.requested(request);
    const route = this.find(request.url!);
    if (route === undefined) return this.leaveUnmatched(request, socket);
    if (route === MALFORMED_PATH) {
      return this.refuse(request, socket, { status: 400, message: 'The path is no percent-encoded UTF-8.' });
    }
    if (route.params !== undefined) addRequestFields(request, handshakeOf(request, route.params));
    try {
      this.shakeHands(route.target, { request, socket, head });
    } catch (error) {
      this.abandon(request, socket, error);
    }
  };

  private get isPlatformWs(): boolean {
    return this.options.compatibility === 'platform-ws';
  }

  private find(url: string): Route<WireServer> | typeof MALFORMED_PATH | undefined {
    if (!this.isPlatformWs) return this.paths.find(pathOf(url));
    const path = pathOfUrl(url);
    const target = this.servers.find((server) => server.path === undefined || server.path === path);
    return target && { target };
  }

  private leaveUnmatched(request: IncomingMessage, socket: Duplex): void {
    // Node has taken its own listener off, and whoever else is there may not have one.
    ignoreErrors(socket);
    const { unmatchedUpgrade, compatibility } = this.options;
    if (compatibility === 'platform-ws') {
      socket.destroy();
      return;
    }
    const isOurs =
      unmatchedUpgrade === 'auto' ? this.httpServer.listenerCount('upgrade') === 1 : unmatchedUpgrade === 'refuse';
    if (!isOurs) {
      this.limitForeign(socket);
      return;
    }
    this.refuse(request, socket, { status: 404, message: 'No gateway has this path.' });
  }

  /** Where whoever it was left to does not answer, nobody else would ever end it. */
  private limitForeign(socket: Duplex): void {
    const { handshakeTimeoutMs } = this.options.limits;
    if (handshakeTimeoutMs === 0 || !(socket instanceof Socket)) return;
    const timer = setTimeout(() => {
      if (socket.bytesWritten === 0) socket.destroy();
    }, handshakeTimeoutMs).unref();
    socket.once('close', () => clearTimeout(timer));
  }

  private shakeHands(server: WireServer, upgrade: Upgrade): void {
    const { request, socket } = upgrade;
    if (isAnswering(socket)) {
      // The answer that is outstanding would stand among the frames.
      ignoreErrors(socket);
      socket.destroy();
      return;
    }
    const handshake = readHandshakeRequest(request);
    if (isRefusal(handshake)) return this.refuse(request, socket, handshake);
    const refusal = this.judge(server, handshake, socket);
    if (refusal !== undefined) return this.refuse(request, socket, refusal);
    if (server.gate !== undefined || server.options.verifyClient !== undefined) {
      ignoreErrors(socket);
      void this.askApplication(server, handshake, upgrade);
      return;
    }
    this.accept(server, handshake, upgrade, NO_LINES);
  }

  private async askApplication(server: WireServer, handshake: HandshakeRequest, upgrade: Upgrade): Promise<void> {
    const { request, socket } = upgrade;
    const { handshakeTimeoutMs } = server.options.limits;
    try {
      const verdict = await withinHandshake(socket, server, handshakeTimeoutMs, () => verdictOf(server, request));
      if (verdict === PEER_GONE) socket.destroy();
      else if (verdict === SERVER_CLOSING) this.refuse(request, socket, shuttingDown(server));
      else if ('status' in verdict) this.refuse(request, socket, verdict);
      else this.accept(server, handshake, upgrade, verdict);
    } catch (error) {
      this.abandon(request, socket, error);
    }
  }

  private judge(server: WireServer, handshake: HandshakeRequest, socket: Duplex): Refusal | undefined {
    if (server.isClosing) return shuttingDown(server);
    const { origins } = server.options;
    if (isOriginAllowed(handshake, { origins, trustProxy: this.options.trustProxy }, 'encrypted' in socket))
      return undefined;
    logger.warn(
      `A page of ${JSON.stringify(handshake.fields.joined('origin'))} was refused with 403: ` +
        'the option "origins" of WireAdapter or @WebSocketGateway says which pages may connect',
    );
    return { status: 403, message: 'Pages of this origin may not connect.' };
  }

  private accept(
    server: WireServer,
    handshake: HandshakeRequest,
    { request, socket, head }: Upgrade,
    { lines: added }: Admission,
  ): void {
    // Time may have passed since the handshake was judged.
    if (server.isClosing) return this.refuse(request, socket, shuttingDown(server));
    if (!socket.writable || socket.readableEnded) {
      // The peer has left.
      socket.destroy();
      return;
    }
    const { compression } = server.options;
    const subprotocol = this.chooseSubprotocol(server, handshake, request);
    const accepted = compression && acceptDeflate(handshake.extensions, compression);
    const amend =
      added.length === 0 && server.listenerCount('headers') === 0
        ? undefined
        : (lines: string[]): void => {
            lines.push(...added);
            server.emit('headers', lines, request);
          };
    const answer = encodeHandshakeResponse(handshake, { subprotocol, extensions: accepted?.answer }, amend);
    socket.write(answer);
    this.publish(socket, request, 101, answer);
    request.socket.setTimeout(0);
    request.socket.setNoDelay(true);
    const client = new WireSocket(socket, request, server, {
      subprotocol: subprotocol ?? '',
      extensions: accepted?.answer ?? '',
      compression: accepted && compression && createCompression('server', accepted.agreement, compression),
    });
    // The connection has a listener of its own now.
    socket.off('error', destroy);
    server.admit(client, request, head);
  }

  private chooseSubprotocol(
    server: WireServer,
    handshake: HandshakeRequest,
    request: IncomingMessage,
  ): string | undefined {
    const { handleProtocols, subprotocols } = server.options;
    if (handshake.subprotocols.length === 0) return undefined;
    if (handleProtocols === undefined) return chooseSubprotocol(handshake.subprotocols, subprotocols);
    return handleProtocols(new Set(handshake.subprotocols), request) || undefined;
  }

  /** What the application's part in the handshake threw. */
  private abandon(request: IncomingMessage, socket: Duplex, error: unknown): void {
    logUnhandled('A handshake failed', error);
    this.refuse(request, socket, { status: 500 });
  }

  private refuse(request: IncomingMessage, socket: Duplex, refusal: Refusal): void {
    ignoreErrors(socket);
    if (isAnswering(socket)) {
      // Any answer would stand before the one that is outstanding.
      socket.destroy();
      return;
    }
    const answer = encodeRefusal(refusal);
    refuseUpgrade(socket, answer, this.options.limits.closeTimeoutMs);
    this.publish(socket, request, refusal.status, answer);
  }

  private publish(socket: Duplex, request: IncomingMessage, status: number, answer: Buffer): void {
    if (!handshakeChannel.hasSubscribers) return;
    handshakeChannel.publish({ socket, request, status, answer: answer.toString('latin1') });
  }
}

/** What the application has to say to a handshake: `verifyClient` first, then the guards. */
async function verdictOf(server: WireServer, request: IncomingMessage): Promise<Refusal | Admission> {
  const { verifyClient: verify } = server.options;
  const refusal = verify && (await verifyClient(verify, request));
  return refusal ?? (await server.gate?.ask(request)) ?? NO_LINES;
}

function shuttingDown({ options }: WireServer): Refusal {
  const headers = { 'Retry-After': String(options.drain.retryAfterSeconds) };
  return { status: 503, message: 'The server is shutting down.', headers };
}

/** The peer may leave in any turn before its connection has a listener of its own. To say so again changes nothing. */
function ignoreErrors(socket: Duplex): void {
  socket.off('error', destroy).on('error', destroy);
}

function destroy(this: Duplex): void {
  this.destroy();
}

/** Exactly as it was sent, so that nobody in front who judges paths judges another (RFC 6455 §4.2.1, 1). */
function pathOf(url: string): string | undefined {
  if (url.startsWith('/')) {
    const end = url.search(/[?#]/);
    return end === -1 ? url : url.slice(0, end);
  }
  return /^(?:http|ws)s?:/i.test(url) ? pathOfUrl(url) : undefined;
}

/** @returns undefined for what is no URL; `URL.canParse` of Node 20 cannot be relied on to say so */
function pathOfUrl(url: string): string | undefined {
  try {
    return new URL(url, 'ws://host').pathname;
  } catch {
    return undefined;
  }
}

/** Whether a request that came before on this connection has not been answered to its end. */
function isAnswering(socket: Duplex): boolean {
  // Node has no public way to ask; where the field is not there, nothing is outstanding.
  return Boolean((socket as { _httpMessage?: unknown })._httpMessage);
}
