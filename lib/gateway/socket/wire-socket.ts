// One client, as gateways see it: what `@ConnectedSocket()` gives. It offers what gateways use of a `ws` WebSocket, over a
// connection of ours, and contains what the listeners of an application throw.

import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import { Connection, type ConnectionCompression } from '../../connection/connection.js';
import type { Linked } from '../../connection/linked-list.js';
import type { SendCallback } from '../../connection/outbox.js';
import type { PreparedMessage } from '../../connection/prepared-message.js';
import { kept } from '../../connection/shared-reading.js';
import { encodeEvent } from '../../envelope/json-envelope.js';
import { CloseCode } from '../../frame/close-code.js';
import { WebSocketEventTarget } from './event-listeners.js';
import type { CloseStatus } from './close-status.js';
import { ConnectGate, type GatedClient, type HeldMessage } from './connect-gate.js';
import { handshakeOf, type WireHandshake } from '../handshake/handshake.js';
import { stackOf } from '../log-unhandled.js';
import type { ResolvedPathOptions } from '../options/path-options.js';
import { packRequest, unpackRequest } from './packed-request.js';
import { refuseMembers } from './refused-members.js';
import { BINARY_TYPES, type BinaryType, controlArguments, toBinaryType, type WireData } from './send-data.js';
import { type MovedSocket, SocketEvents } from './socket-events.js';
import { type SendOptions, SocketSending } from './socket-sending.js';
import type { Position } from '../../topic/position.js';
import { ClientTopics, type TopicHub, type TopicMember, TOPICS } from '../topic/client-topics.js';

/** What the handshake has agreed on. */
export interface Agreed {
  readonly subprotocol: string;
  readonly extensions: string;
  readonly compression: ConnectionCompression | undefined;
}

/** Where a client belongs: its server. */
export interface SocketHome {
  /** What holds for the path of its clients. */
  readonly options: ResolvedPathOptions;
  /** Where its clients' topics belong. */
  readonly topics: TopicHub;
  /** The connection has ended; the client's listeners are told next. */
  forget(socket: WireSocket): void;
}

/** Whoever handles a client's messages besides its own listeners. */
export interface MessageReceiver {
  receive(payload: Buffer, isBinary: boolean, isAscii: boolean): void;
  /** Every message has been received that came at once. */
  proceed(): void;
  /** Nothing more can be sent: whatever still runs for the client is to stop. */
  stop(): void;
  /** Takes no more requests; resolves when those that run have been answered. */
  drain(): Promise<void>;
  /** How many values were dropped because the client was behind. */
  readonly droppedValues: number;
}

type Listener = (...args: unknown[]) => unknown;

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

const logger = new Logger('WireSocket');

/**
 * A connected client. Events, as with `ws`: `message` (data: Buffer, isBinary), `ping` and `pong` (data: Buffer), `drain`,
 * `error` (Error) and, once and last, `close` (code: number, reason: Buffer).
 * @typeParam User what a handshake guard leaves as `request.user`
 */
export class WireSocket<User = unknown>
  extends WebSocketEventTarget
  implements MovedSocket, GatedClient, Linked<WireSocket>, TopicMember
{
  static readonly CONNECTING = CONNECTING;
  static readonly OPEN = OPEN;
  static readonly CLOSING = CLOSING;
  static readonly CLOSED = CLOSED;

  /** The subprotocol agreed on, or an empty string. */
  readonly protocol: string;
  /** The extensions agreed on, as the handshake's answer names them, or an empty string. */
  readonly extensions: string;

  /** @internal Its neighbours in the list of its home. */
  previous: WireSocket | undefined;
  /** @internal */
  next: WireSocket | undefined;

  private readonly home: SocketHome;
  private readonly duplex: Duplex;
  /** The request that opened this connection, packed where nobody has seen it. */
  private opening: IncomingMessage | string;
  private isRequestSeen: boolean;
  private readonly connection: Connection;
  private receiver: MessageReceiver | undefined;
  /** There while `handleConnection` is at work. */
  private gate: ConnectGate | undefined;
  private isTurnedAway: boolean;
  /** Whether the application has paused reading, and how many reasons of our own there are not to read. */
  private isHeld: boolean;
  private holds: number;
  /** Made with the first topic. */
  private clientTopics: ClientTopics | undefined;
  /** Made when somebody asks for it. */
  private departure: AbortController | undefined;
  /** How the connection ended, once it has. */
  private closeStatus: CloseStatus | undefined;
  private readonly sending: SocketSending;
  private type: BinaryType;
  /** Pending while somebody waits for the client to keep up again. */
  private draining: Promise<void> | undefined;

  /** @internal made by the server */
  constructor(duplex: Duplex, request: IncomingMessage, home: SocketHome, agreed: Agreed) {
    super();
    this.protocol = agreed.subprotocol;
    this.extensions = agreed.extensions;
    this.previous = undefined;
    this.next = undefined;
    this.home = home;
    this.duplex = duplex;
    this.opening = request;
    this.isRequestSeen = false;
    this.receiver = undefined;
    this.gate = undefined;
    this.isTurnedAway = false;
    this.isHeld = false;
    this.holds = 0;
    this.clientTopics = undefined;
    this.departure = undefined;
    this.closeStatus = undefined;
    this.type = 'nodebuffer';
    this.draining = undefined;
    this.connection = new Connection(duplex, home.options, new SocketEvents(this), { compression: agreed.compression });
    this.sending = new SocketSending(this.connection, home.options.limits.maxBufferedBytes);
  }

  /** @internal Hands every message to `receiver`, after the listeners of `message`. */
  attach(receiver: MessageReceiver): void {
    this.receiver = receiver;
  }

  /** @internal Nest will call the `handleConnection` of this class later: the handlers get no message before. */
  expectConnecting(gateway: string): void {
    if (this.options.connectGate) this.openGate().expect(gateway);
  }

  /** @internal The `handleConnection` of this class is at work until `hook`, which does not reject, has come to rest. */
  connecting(gateway: string, hook: Promise<unknown>): void {
    if (!this.options.connectGate) return;
    this.openGate().begin(gateway);
    void hook.then(() => this.endConnecting(gateway));
  }

  /** @internal The `handleConnection` of this class has come to rest, or will not be called. */
  endConnecting(gateway: string): void {
    this.gate?.end(gateway);
  }

  /** @internal A gateway could not be made for this client, and has told it so: its hook will not be called. */
  abandonConnecting(): void {
    this.gate?.endExpected();
  }

  /** @internal Runs `action` at once, or when the client's connecting has come to rest. */
  afterConnecting(action: () => unknown): unknown {
    return this.gate === undefined ? action() : this.gate.settled.then(action);
  }

  /** @internal What `handleDisconnect` gets behind the client: the code and the reason, of which Nest passes on less. */
  disconnectArguments(passedByNest: readonly unknown[]): readonly unknown[] {
    if (this.options.compatibility === 'platform-ws' || this.closeStatus === undefined) return passedByNest;
    return [this.closeStatus.code, this.closeStatus.reason];
  }

  /** @internal */
  turnAway({ code, reason }: CloseStatus): void {
    this.isTurnedAway = true;
    this.close(code, reason);
    this.gate?.shut();
  }

  /** @internal */
  passGate(held: readonly HeldMessage[]): void {
    this.gate = undefined;
    for (const { payload, isBinary, isAscii } of held) this.handle(payload, isBinary, isAscii);
    this.receiver?.proceed();
  }

  /** @internal What handles the messages, and knows of the requests that run. */
  get work(): MessageReceiver | undefined {
    return this.receiver;
  }

  /** @internal Begins to read, once everybody who wants to listen does. */
  start(head: Buffer): void {
    this.connection.start(head);
  }

  /** @internal Nobody has been given the request: unless somebody asked here, it is kept in the form that takes least memory. */
  packRequest(): void {
    if (!this.isRequestSeen) this.opening = packRequest(this.opening as IncomingMessage) ?? this.opening;
  }

  /** @internal Somebody has been given the request, and may keep it or put something on it. */
  keepRequest(): void {
    this.isRequestSeen = true;
  }

  /** The request that opened this connection, the same object each time. */
  get request(): IncomingMessage {
    this.isRequestSeen = true;
    if (typeof this.opening === 'string') this.opening = unpackRequest(this.opening, this.duplex);
    return this.opening;
  }

  /** @internal What holds for the path of this client. */
  get options(): ResolvedPathOptions {
    return this.home.options;
  }

  /** 1 open, 2 closing, 3 closed: see the constants. */
  get readyState(): 1 | 2 | 3 {
    return this.connection.readyState;
  }

  // Instances carry the constants too, as every WebSocket does.
  get CONNECTING(): typeof CONNECTING {
    return CONNECTING;
  }

  get OPEN(): typeof OPEN {
    return OPEN;
  }

  get CLOSING(): typeof CLOSING {
    return CLOSING;
  }

  get CLOSED(): typeof CLOSED {
    return CLOSED;
  }

  /**
   * Bytes sent that the operating system has not taken yet; as every WebSocket counts them, with those that were sent too
   * late and never leave.
   */
  get bufferedAmount(): number {
    return this.connection.bufferedBytes + this.sending.heldBytes + this.sending.lostBytes;
  }

  /** Whether a sender that can wait should wait for `drain`. */
  get isBehind(): boolean {
    return this.connection.isBehind;
  }

  get isPaused(): boolean {
    return this.connection.isPaused;
  }

  /** Values that `@Backpressure()` has kept from this client because it was behind. */
  get droppedValues(): number {
    return this.receiver?.droppedValues ?? 0;
  }

  /** Whom a handshake guard (Passport's, say) found behind the request; undefined where none has looked. */
  get user(): User {
    return (this.request as { user?: User }).user as User;
  }

  /** Gateways that look for themselves, in `handleConnection`, leave it in the same place. */
  set user(user: User) {
    Object.assign(this.request, { user });
  }

  /** Path, parameters, query and headers of the request that opened this connection. */
  get handshake(): WireHandshake {
    return handshakeOf(this.request);
  }

  /** The client's IP address, behind a proxy the proxy's; as of Node's sockets, undefined when the connection has ended. */
  get remoteAddress(): string | undefined {
    return (this.duplex as Partial<Socket>).remoteAddress;
  }

  /** Fires when the closing handshake begins or the connection breaks: from then on nothing can be sent. */
  get leaving(): AbortSignal {
    if (this.departure === undefined) {
      this.departure = new AbortController();
      if (this.readyState !== OPEN) this.departure.abort();
    }
    return this.departure.signal;
  }

  /** The underlying stream, under the name by which gateways written for `ws` know it. Do not write to it. */
  get _socket(): Duplex {
    return this.duplex;
  }

  /** What listeners of `message` get for a binary message: a Buffer, an ArrayBuffer, or a list of Buffers. */
  get binaryType(): BinaryType {
    return this.type;
  }

  /** As with `ws`, a type that does not exist is ignored. */
  set binaryType(type: BinaryType) {
    if (BINARY_TYPES.includes(type)) this.type = type;
  }

  /**
   * Sends a message: strings and numbers as text, bytes as binary. Above 16 KiB, bytes must not be changed until the
   * callback.
   * @param callback called when the operating system has taken the message, or with the error that kept it back
   * @returns whether the client keeps up: after `false`, a sender that can wait waits for `drain` or `close`
   * @throws TypeError for data of another kind
   */
  send(data: WireData, callback?: SendCallback): boolean;
  send(data: WireData, options: SendOptions | undefined, callback?: SendCallback): boolean;
  send(data: WireData, optionsOrCallback?: SendOptions | SendCallback, callback?: SendCallback): boolean {
    const isCallback = typeof optionsOrCallback === 'function';
    const done = this.contained(isCallback ? optionsOrCallback : callback);
    return this.sending.send(data, isCallback ? undefined : optionsOrCallback, done) && !this.connection.isBehind;
  }

  /** @internal Sends a text that other clients are sent too. */
  sendPrepared(message: PreparedMessage): void {
    this.sending.sendPrepared(message);
  }

  /** @internal The topics of this client. */
  get [TOPICS](): ClientTopics {
    if (this.clientTopics === undefined) {
      this.clientTopics = new ClientTopics(this, this.home.topics, this.options.limits.maxTopics);
      if (this.readyState !== OPEN) this.clientTopics.endAll();
    }
    return this.clientTopics;
  }

  /** @internal The same, where it has ever had any. */
  get knownTopics(): ClientTopics | undefined {
    return this.clientTopics;
  }

  /** @internal Where its topics belong. */
  get topicHub(): TopicHub {
    return this.home.topics;
  }

  /** The topics that this client is subscribed to. */
  getTopics(): string[] {
    return this.clientTopics === undefined ? [] : [...this.clientTopics.names];
  }

  /**
   * Sends this client what is published to a topic, each message as `{"event","data"}`, until `unsubscribe` or its end.
   * @param info what `topics.presence()` says of it, anything that JSON can say
   * @throws TopicNameError, TooManyTopicsError (limits.maxTopics), BrokerUnavailableError
   */
  subscribe(topic: string, info?: unknown): Promise<void> {
    return this[TOPICS].subscribe(topic, info);
  }

  /** Ends this client's subscriptions to a topic; one that it has begun itself, under an id, with `complete`. */
  unsubscribe(topic: string): void {
    this.clientTopics?.unsubscribe(topic);
  }

  /**
   * Sends an event to every other subscriber of a topic, on every node. A failure that nobody waits for is logged.
   * @returns where it stands in the topic; undefined where there is no history
   * @throws as {@link Topics.publish}
   */
  publish(topic: string, event: string, data?: unknown): Promise<Position | undefined> {
    return this.home.topics.except(this).publish(topic, event, data);
  }

  /**
   * Begins the closing handshake.
   * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999; absent, the client sees 1005
   * @param reason at most 123 bytes of UTF-8; left out where there is no code
   * @throws TypeError, RangeError for a code or reason that must not be sent (RFC 6455 §7.4)
   */
  close(code?: number, reason?: string | Uint8Array): void {
    this.connection.close(code, code === undefined ? undefined : reason);
  }

  /** Cuts the connection without a closing handshake; both sides see 1006. */
  terminate(): void {
    this.connection.terminate();
  }

  /** @param data at most 125 bytes @throws RangeError for more */
  ping(data?: WireData, mask?: boolean, callback?: SendCallback): void;
  ping(data: WireData | SendCallback = '', mask?: boolean | SendCallback, callback?: SendCallback): void {
    const control = controlArguments(data, mask, callback);
    this.sending.ping(control.payload, this.contained(control.done));
  }

  /** An unasked-for pong; pings are answered without it. @param data at most 125 bytes @throws RangeError for more */
  pong(data?: WireData, mask?: boolean, callback?: SendCallback): void;
  pong(data: WireData | SendCallback = '', mask?: boolean | SendCallback, callback?: SendCallback): void {
    const control = controlArguments(data, mask, callback);
    this.sending.pong(control.payload, this.contained(control.done));
  }

  /** Stops reading: no message comes until `resume`, and TCP holds the client back. */
  pause(): void {
    this.isHeld = true;
    this.connection.pause();
  }

  resume(): void {
    this.isHeld = false;
    if (this.holds === 0) this.connection.resume();
  }

  /** @internal Stops reading until `goOnReading` has been called as often, besides what the application does. */
  holdReading(): void {
    this.holds++;
    if (this.readyState === OPEN) this.connection.pause();
  }

  /** @internal */
  goOnReading(): void {
    if (--this.holds === 0 && !this.isHeld) this.connection.resume();
  }

  /** @internal Whether the client keeps up, judged after everything was offered to it that is there to be sent. */
  takesMore(): boolean {
    return this.connection.takesMore();
  }

  /** @internal Resolves when the client keeps up again, or is gone. */
  async drained(): Promise<void> {
    if (this.readyState === CLOSED || !this.connection.isBehind) return;
    this.connection.watchDrain();
    // One pair of listeners, however many streams wait.
    this.draining ??= new Promise<void>((resolve) => {
      const settle = (): void => {
        this.off('drain', settle);
        this.off('close', settle);
        this.draining = undefined;
        resolve();
      };
      this.on('drain', settle);
      this.on('close', settle);
    });
    await this.draining;
  }

  /**
   * Emits an event to local listeners, as every EventEmitter does, with one exception: `exception` is what the exception
   * filters of Nest 11 "emit" to a client, and goes to the client.
   */
  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event !== 'exception') return super.emit(event, ...args);
    this.send(encodeEvent('exception', args[0]));
    return true;
  }

  /** @internal Runs listeners, each for itself: what one throws ends this connection, and keeps no other from being told. */
  emitContained(event: string, ...args: unknown[]): void {
    if (this.listenerCount(event) === 0) return;
    for (const listener of this.rawListeners(event)) this.run(`A listener of "${event}"`, listener as Listener, args);
  }

  /** @internal */
  deliver(payload: Buffer, isBinary: boolean, isAscii: boolean): void {
    if (this.listenerCount('message') > 0) {
      this.emitContained('message', isBinary ? toBinaryType(payload, this.type) : kept(payload), isBinary);
    }
    if (this.gate === undefined) this.handle(payload, isBinary, isAscii);
    else if (this.readyState === OPEN) this.gate.hold(payload, isBinary, isAscii);
  }

  /** @internal */
  delivered(): void {
    this.receiver?.proceed();
  }

  /** @internal */
  closing(): void {
    this.departure?.abort();
    this.clientTopics?.endAll();
    this.receiver?.stop();
    // The client's Close frame is to be seen, whatever reason of ours there was not to read.
    if (this.holds > 0 && !this.isHeld) this.connection.resume();
  }

  /** @internal */
  ended(code: number, reason: Buffer): void {
    this.clientTopics?.endAll();
    this.receiver?.stop();
    this.closeStatus = { code, reason: reason.toString() };
    this.home.forget(this);
    this.emitContained('close', code, reason);
  }

  private openGate(): ConnectGate {
    if (this.gate !== undefined) return this.gate;
    this.gate = new ConnectGate(this, this.options.limits.connectTimeoutMs);
    if (this.isTurnedAway) this.gate.shut();
    return this.gate;
  }

  private handle(payload: Buffer, isBinary: boolean, isAscii: boolean): void {
    if (!this.isTurnedAway) this.receiver?.receive(payload, isBinary, isAscii);
  }

  /** Runs what belongs to the application: what it throws, or rejects, ends this connection and nothing else. */
  private run(what: string, listener: Listener, args: unknown[]): void {
    try {
      const result = listener.apply(this, args);
      if (result instanceof Promise) result.catch((error: unknown) => this.fail(what, error));
    } catch (error) {
      this.fail(what, error);
    }
  }

  private fail(what: string, error: unknown): void {
    logger.error(`${what} failed; the connection is closed with 1011`, stackOf(error));
    this.close(CloseCode.INTERNAL_ERROR);
  }

  /** What one turn sends leaves together, whoever sent it: each callback is called in the context of its own sending. */
  private contained(callback: SendCallback | undefined): SendCallback | undefined {
    if (callback === undefined) return undefined;
    return AsyncResource.bind((error) => this.run('The callback of a send', callback as Listener, [error]));
  }
}

const ROOMS = {
  join: 'rooms are topics, use subscribe(topic)',
  leave: 'rooms are topics, use unsubscribe(topic)',
  to: 'rooms are topics, use publish(topic, event, data)',
  in: 'rooms are topics, use publish(topic, event, data) of Topics',
};
refuseMembers(WireSocket.prototype, 'WireSocket', ROOMS);
