// The time from a TCP connection to its first request or upgrade: a peer that connects and says nothing, or a header line a
// minute, is cut off at the limit. Node's own limits begin later and are longer.

import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** Watches the connections of an HTTP or HTTPS server. */
export class ConnectionDeadline {
  private readonly server: Server;
  private readonly timeoutMs: number;
  private readonly timers: Map<unknown, NodeJS.Timeout>;

  /** @param timeoutMs in milliseconds; 0 for no limit */
  constructor(server: Server, timeoutMs: number) {
    this.server = server;
    this.timeoutMs = timeoutMs;
    this.timers = new Map();
    if (timeoutMs === 0) return;
    server.on('connection', this.connected);
    server.on('request', this.requested);
  }

  /** A request has come. Whoever listens for upgrades says so here: a second listener would look like a second owner. */
  readonly requested = (request: IncomingMessage): void => {
    const key = keyOf(request.socket);
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
  };

  stop(): void {
    this.server.off('connection', this.connected);
    this.server.off('request', this.requested);
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private readonly connected = (socket: Socket): void => {
    const key = keyOf(socket);
    const timer = setTimeout(() => socket.destroy(), this.timeoutMs).unref();
    this.timers.set(key, timer);
    socket.once('close', () => {
      clearTimeout(timer);
      // The address may have been given to a newer connection since.
      if (this.timers.get(key) === timer) this.timers.delete(key);
    });
  };
}

/** A TLS socket and the TCP socket below it are two objects with one address; local sockets have none, and no TLS. */
function keyOf(socket: Socket): unknown {
  return socket.remotePort === undefined ? socket : `${socket.remoteAddress} ${socket.remotePort}`;
}
