// The clients of one path on one port: what `@WebSocketServer()` gives. It offers what gateways use of a `ws` server.

import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handshakeChannel } from '../connection/diagnostics.js';
import type { Position } from '../topic/position.js';
import { LinkedList } from '../connection/linked-list.js';
import { CloseCode } from '../frame/close-code.js';
import { drain } from './shutdown/drain.js';
import type { HandshakeGate } from './handshake/handshake-gate.js';
import type { ResolvedPathOptions } from './options/path-options.js';
import { refuseMembers } from './socket/refused-members.js';
import type { WireSocket } from './socket/wire-socket.js';
import type { Topics } from './topic/topics.js';
import { logUnhandled } from './log-unhandled.js';

/**
 * Events, as with `ws`: `connection` (socket: WireSocket, request: IncomingMessage), `headers` (the lines of the 101, to
 * which a listener may add; request), `closing` () when no more clients are let in and the present ones are sent away,
 * `close` () when the last has gone.
 */
export class WireServer extends EventEmitter {
  /** The path, or undefined where every path of the port is this server's. */
  readonly path: string | undefined;
  readonly options: ResolvedPathOptions;
  /** @internal What stands before the 101, if anything does. */
  readonly gate: HandshakeGate | undefined;
  /** The topics of the application. */
  readonly topics: Topics;
  private readonly httpServer: Server;
  private readonly members: LinkedList<WireSocket>;
  /** Made when first asked for. */
  private clientSet: Set<WireSocket> | undefined;
  /** Listeners of `connection` that leave the request alone. */
  private socketListeners: number;
  private closing: Promise<void> | undefined;

  /** @internal made by the adapter */
  constructor(
    httpServer: Server,
    path: string | undefined,
    options: ResolvedPathOptions,
    { topics, gate }: { readonly topics: Topics; readonly gate?: HandshakeGate | undefined },
  ) {
    super();
    this.topics = topics;
    this.members = new LinkedList();
    this.clientSet = undefined;
    this.path = path;
    this.options = options;
    this.gate = gate;
    this.httpServer = httpServer;
    this.socketListeners = 0;
    this.closing = undefined;
  }

  /** Every client whose connection has not ended. */
  get clients(): Set<WireSocket> {
    if (this.clientSet === undefined) {
      this.clientSet = new Set();
      for (let { first: client } = this.members; client !== undefined; client = client.next) this.clientSet.add(client);
    }
    return this.clientSet;
  }

  /** Sends an event to every subscriber of a topic: `topics.publish`. */
  publish(topic: string, event: string, data?: unknown): Promise<Position | undefined> {
    return this.topics.publish(topic, event, data);
  }

  get isClosing(): boolean {
    return this.closing !== undefined;
  }

  /** Where the HTTP server listens; null while it does not. */
  address(): AddressInfo | string | null {
    return this.httpServer.address();
  }

  /**
   * @internal Adds a listener of `connection` that does not keep the request, unless it takes it from the socket: where there
   * are no others, what the request occupies is freed.
   */
  onSocket(listener: (socket: WireSocket) => void): void {
    this.socketListeners++;
    // One for each gateway on the path is no leak.
    this.setMaxListeners(this.getMaxListeners() + 1);
    this.on('connection', listener);
  }

  /** Whether anybody besides Node gets to see the requests of clients. */
  private get showsRequests(): boolean {
    const { verifyClient, handleProtocols } = this.options;
    return (
      verifyClient !== undefined ||
      handleProtocols !== undefined ||
      this.listenerCount('headers') > 0 ||
      this.listenerCount('connection') > this.socketListeners ||
      this.httpServer.listenerCount('upgrade') > 1 ||
      handshakeChannel.hasSubscribers
    );
  }

  /** @internal Takes a client whose handshake is done, and begins to read when everybody has been told. */
  admit(socket: WireSocket, request: IncomingMessage, head: Buffer): void {
    this.members.add(socket);
    this.clientSet?.add(socket);
    // A listener may take itself off while it is called.
    const isShown = this.showsRequests;
    if (!this.emitContained('connection', socket, request)) socket.close(CloseCode.INTERNAL_ERROR);
    if (!isShown && !this.showsRequests) socket.packRequest();
    socket.start(head);
  }

  /** @internal The client's connection has ended; its listeners are told next. */
  forget(socket: WireSocket): void {
    this.members.delete(socket);
    this.clientSet?.delete(socket);
  }

  /**
   * Refuses new clients and sends the present ones away, as the option `drain` says.
   * @param callback called when the last is gone, and the gateways' disconnect hooks have run
   */
  close(callback?: (error?: Error) => void): void {
    this.closing ??= this.closeClients();
    void this.closing.then(() => callback?.());
  }

  /** @returns whether no listener threw */
  private emitContained(event: string, ...args: unknown[]): boolean {
    try {
      this.emit(event, ...args);
      return true;
    } catch (error) {
      logUnhandled(`A listener of "${event}" threw`, error);
      return false;
    }
  }

  private async closeClients(): Promise<void> {
    if (this.options.compatibility === 'platform-ws') {
      await this.cutOffClients();
    } else {
      this.emitContained('closing');
      await drain(this);
    }
    this.emitContained('close');
  }

  private async cutOffClients(): Promise<void> {
    const ends = [...this.clients].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of this.clients) socket.terminate();
    await Promise.all(ends);
  }
}

const ROOMS = 'rooms are topics, use topics.publish(topic, event, data)';
const NO_UPGRADES = 'the adapter answers the upgrades of its HTTP server itself';
refuseMembers(WireServer.prototype, 'WireServer', {
  to: ROOMS,
  in: ROOMS,
  handleUpgrade: NO_UPGRADES,
  shouldHandle: NO_UPGRADES,
});
