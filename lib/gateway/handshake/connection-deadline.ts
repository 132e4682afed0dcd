// The time from a TCP connection to its first request or upgrade: a peer that connects and says nothing, or a header line a
// minute, is cut off at the limit. Node's own limits begin later and are longer. All connections have the same time, so that
// who came first is due first, and one timer serves them all.

import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { type Linked, LinkedList } from '../../connection/linked-list.js';

/** A connection that has not asked yet. */
interface Waiting extends Linked<Waiting> {
  readonly socket: Socket;
  readonly dueAt: number;
}

/** How often connections that ended without a request are forgotten. */
const SWEEP_MS = 1000;
const WAITING = Symbol('nestwire.waiting');

type WaitingSocket = Socket & { [WAITING]?: Waiting | undefined };

/** Watches the connections of an HTTP or HTTPS server. */
export class ConnectionDeadline {
  private readonly server: Server;
  private readonly timeoutMs: number;
  /** In the order in which they are due. */
  private readonly waiting: LinkedList<Waiting>;
  /**
   * A TLS socket and the TCP socket below it are two objects with one address, by which the one is found from the other. On
   * Unix sockets there is none: there the time begins when TLS is agreed on, and Node limits what comes before.
   */
  private readonly byAddress: Map<string, Waiting> | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** @param timeoutMs in milliseconds; 0 for no limit */
  constructor(server: Server, timeoutMs: number) {
    this.server = server;
    this.timeoutMs = timeoutMs;
    this.waiting = new LinkedList();
    this.byAddress = server instanceof TlsServer ? new Map<string, Waiting>() : undefined;
    this.timer = undefined;
    if (timeoutMs === 0) return;
    server.on('connection', this.connected);
    server.on('secureConnection', this.secured);
    server.on('request', this.requested);
  }

  /** A request has come. Whoever listens for upgrades says so here: a second listener would look like a second owner. */
  readonly requested = (request: IncomingMessage): void => {
    const socket: WaitingSocket = request.socket;
    const waiting = socket[WAITING] ?? this.byAddress?.get(addressOf(socket));
    if (waiting !== undefined) this.forget(waiting);
  };

  stop(): void {
    this.server.off('connection', this.connected);
    this.server.off('secureConnection', this.secured);
    this.server.off('request', this.requested);
    clearTimeout(this.timer);
    while (this.waiting.first !== undefined) this.forget(this.waiting.first);
  }

  private readonly connected = (socket: WaitingSocket): void => {
    if (this.byAddress === undefined) {
      this.begin(socket);
    } else if (socket.remoteAddress !== undefined) {
      // The address may be that of an older connection that has ended since.
      this.byAddress.set(addressOf(socket), this.begin(socket));
    }
  };

  private readonly secured = (socket: WaitingSocket): void => {
    if (socket.remoteAddress === undefined) this.begin(socket);
  };

  private begin(socket: WaitingSocket): Waiting {
    const dueAt = Math.ceil(performance.now() + this.timeoutMs);
    const waiting: Waiting = { socket, dueAt, previous: undefined, next: undefined };
    this.waiting.add(waiting);
    socket[WAITING] = waiting;
    this.timer ??= this.wait(this.timeoutMs);
    return waiting;
  }

  private forget(waiting: Waiting): void {
    const socket: WaitingSocket = waiting.socket;
    this.waiting.delete(waiting);
    socket[WAITING] = undefined;
    if (this.byAddress === undefined) return;
    const address = addressOf(socket);
    if (this.byAddress.get(address) === waiting) this.byAddress.delete(address);
  }

  private wait(leftMs: number): NodeJS.Timeout {
    return setTimeout(this.sweep, Math.min(leftMs, SWEEP_MS)).unref();
  }

  private readonly sweep = (): void => {
    this.timer = undefined;
    // Timers may fire a little early: under a millisecond left is due.
    const now = performance.now() + 1;
    for (let waiting = this.waiting.first; waiting !== undefined;) {
      const { socket, dueAt, next } = waiting;
      if (dueAt <= now) socket.destroy();
      if (socket.destroyed) this.forget(waiting);
      waiting = next;
    }
    const { first } = this.waiting;
    if (first !== undefined) this.timer = this.wait(first.dueAt - now + 1);
  };
}

/** It stays readable when the connection has ended, since it was read before. */
function addressOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
