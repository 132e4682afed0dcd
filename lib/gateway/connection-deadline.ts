// The time from a TCP connection to its first request or upgrade: a peer that connects and says nothing, or a header line a
// minute, is cut off at the limit. Node's own limits begin later and are longer. All connections have the same time, so that
// who came first is due first, and one timer serves them all.

import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';

interface Waiting {
  readonly socket: Socket;
  readonly dueAt: number;
}

/** How often connections that ended without a request are forgotten. */
const SWEEP_MS = 1000;

/** Watches the connections of an HTTP or HTTPS server. */
export class ConnectionDeadline {
  private readonly server: Server;
  private readonly timeoutMs: number;
  private readonly keyOf: (socket: Socket) => unknown;
  /** Who has not asked yet, in the order in which they are due. */
  private readonly waiting: Map<unknown, Waiting>;
  private timer: NodeJS.Timeout | undefined;

  /** @param timeoutMs in milliseconds; 0 for no limit */
  constructor(server: Server, timeoutMs: number) {
    this.server = server;
    this.timeoutMs = timeoutMs;
    this.keyOf = server instanceof TlsServer ? addressOf : itself;
    this.waiting = new Map();
    this.timer = undefined;
    if (timeoutMs === 0) return;
    server.on('connection', this.connected);
    server.on('request', this.requested);
  }

  /** A request has come. Whoever listens for upgrades says so here: a second listener would look like a second owner. */
  readonly requested = (request: IncomingMessage): void => {
    this.waiting.delete(this.keyOf(request.socket));
  };

  stop(): void {
    this.server.off('connection', this.connected);
    this.server.off('request', this.requested);
    clearTimeout(this.timer);
    this.waiting.clear();
  }

  private readonly connected = (socket: Socket): void => {
    const key = this.keyOf(socket);
    // The address may be that of an older connection that has ended since.
    this.waiting.delete(key);
    this.waiting.set(key, { socket, dueAt: performance.now() + this.timeoutMs });
    this.timer ??= this.wait(this.timeoutMs);
  };

  private wait(leftMs: number): NodeJS.Timeout {
    return setTimeout(this.sweep, Math.min(leftMs, SWEEP_MS)).unref();
  }

  private readonly sweep = (): void => {
    this.timer = undefined;
    // Timers may fire a little early: under a millisecond left is due.
    const now = performance.now() + 1;
    for (const [key, { socket, dueAt }] of this.waiting) {
      if (dueAt <= now) socket.destroy();
      if (socket.destroyed) this.waiting.delete(key);
    }
    const [first] = this.waiting.values();
    if (first !== undefined) this.timer = this.wait(first.dueAt - now + 1);
  };
}

function itself(socket: Socket): Socket {
  return socket;
}

/** A TLS socket and the TCP socket below it are two objects with one address; local sockets have none, and no TLS. */
function addressOf(socket: Socket): unknown {
  return socket.remotePort === undefined ? socket : `${socket.remoteAddress} ${socket.remotePort}`;
}
