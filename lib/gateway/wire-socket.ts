// One client, as gateways see it: what `@ConnectedSocket()` gives. It offers what gateways use of a `ws` WebSocket, over a
// connection of ours, and contains what the listeners of an application throw.

import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import {
  BufferOverflowError,
  Connection,
  type ConnectionHandler,
  type ConnectionOptions,
} from '../connection/connection.js';
import type { SendCallback } from '../connection/outbox.js';
import { encodeEvent } from '../envelope/json-envelope.js';
import { CloseCode } from '../frame/close-code.js';
import { Opcode } from '../frame/opcode.js';
import { MAX_CONTROL_PAYLOAD } from '../frame/frame-header.js';
import { EventListeners, type WebSocketListener } from './event-listeners.js';
import { refuseMembers } from './refused-members.js';

export type WireData = string | number | ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

export interface SendOptions {
  /** Sends text as a binary message or bytes as a text message. @default by the type of the data */
  readonly binary?: boolean;
  /** Accepted for the sake of `ws`; compression is the connection's decision. */
  readonly compress?: boolean;
  /** Only `true`: a message is always sent whole. */
  readonly fin?: boolean;
}

/** Whoever handles a client's messages besides its own listeners. */
export interface MessageReceiver {
  receive(payload: Buffer, isBinary: boolean, isAscii: boolean): void;
  /** Nothing more can be sent: whatever still runs for the client is to stop. */
  stop(): void;
}

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

const logger = new Logger('WireSocket');

/**
 * A connected client. Events, as with `ws`: `message` (data: Buffer, isBinary), `ping` and `pong` (data: Buffer), `drain`,
 * `error` (Error) and, once and last, `close` (code: number, reason: Buffer).
 */
export class WireSocket extends EventEmitter {
  static readonly CONNECTING = CONNECTING;
  static readonly OPEN = OPEN;
  static readonly CLOSING = CLOSING;
  static readonly CLOSED = CLOSED;

  /** The subprotocol agreed on, or an empty string. */
  readonly protocol: string;
  /** The request that opened this connection. */
  readonly request: IncomingMessage;

  private readonly duplex: Duplex;
  private readonly connection: Connection;
  private receiver: MessageReceiver | undefined;
  private listenersByProperty: EventListeners | undefined;

  /** @internal made by the server */
  constructor(duplex: Duplex, request: IncomingMessage, protocol: string, options: ConnectionOptions) {
    super();
    this.protocol = protocol;
    this.request = request;
    this.duplex = duplex;
    this.receiver = undefined;
    this.listenersByProperty = undefined;
    this.connection = new Connection(duplex, options, new SocketEvents(this));
  }

  /** @internal Hands every message to `receiver`, after the listeners of `message`. */
  attach(receiver: MessageReceiver): void {
    this.receiver = receiver;
  }

  /** @internal Begins to read, once everybody who wants to listen does. */
  start(head: Buffer): void {
    this.connection.start(head);
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

  /** Bytes sent that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this.connection.bufferedBytes;
  }

  /** The extensions agreed on, as in the handshake. */
  get extensions(): string {
    return '';
  }

  /** Whether a sender that can wait should wait for `drain`. */
  get isBehind(): boolean {
    return this.connection.isBehind;
  }

  get isPaused(): boolean {
    return this.connection.isPaused;
  }

  /** The client's IP address; behind a proxy the proxy's. */
  get remoteAddress(): string | undefined {
    return this.request.socket.remoteAddress;
  }

  /** The underlying stream, under the name by which gateways written for `ws` know it. Do not write to it. */
  get _socket(): Duplex {
    return this.duplex;
  }

  get binaryType(): 'nodebuffer' {
    return 'nodebuffer';
  }

  set binaryType(type: string) {
    if (type !== 'nodebuffer') {
      throw new TypeError(
        `binaryType is always 'nodebuffer' here, not '${type}': convert the Buffer of a message instead`,
      );
    }
  }

  /**
   * Sends a message: strings and numbers as text, bytes as binary. Above 16 KiB, bytes must not be changed until the
   * callback.
   * @param callback called when the operating system has taken the message, or with the error that kept it back
   * @returns whether the client keeps up: after `false`, a sender that can wait waits for `drain`
   * @throws TypeError for data of another kind
   */
  send(data: WireData, callback?: SendCallback): boolean;
  send(data: WireData, options: SendOptions | undefined, callback?: SendCallback): boolean;
  send(data: WireData, optionsOrCallback?: SendOptions | SendCallback, callback?: SendCallback): boolean {
    const done = typeof optionsOrCallback === 'function' ? optionsOrCallback : callback;
    const options = typeof optionsOrCallback === 'function' ? undefined : optionsOrCallback;
    if (options?.fin === false) {
      throw new TypeError('fin: false is not offered: give the whole message to one send');
    }
    const payload = typeof data === 'string' ? data : toPayload(data);
    const isBinary = options?.binary ?? typeof payload !== 'string';
    const wasQueued =
      typeof payload === 'string' && !isBinary
        ? this.connection.sendText(payload, done)
        : this.connection.sendMessage(isBinary ? Opcode.BINARY : Opcode.TEXT, toBytes(payload), done);
    if (!wasQueued) this.refuse(done);
    return wasQueued && !this.connection.isBehind;
  }

  /**
   * Begins the closing handshake.
   * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999; absent, the client sees 1005
   * @param reason at most 123 bytes of UTF-8
   * @throws TypeError, RangeError for a code or reason that must not be sent (RFC 6455 §7.4)
   */
  close(code?: number, reason?: string | Uint8Array): void {
    this.connection.close(code, reason);
  }

  /** Cuts the connection without a closing handshake; both sides see 1006. */
  terminate(): void {
    this.connection.terminate();
  }

  /** @param data at most 125 bytes @throws RangeError for more */
  ping(data?: WireData, mask?: boolean, callback?: SendCallback): void;
  ping(data: WireData | SendCallback = '', mask?: boolean | SendCallback, callback?: SendCallback): void {
    const { payload, done } = controlArguments(data, mask, callback);
    if (!this.connection.ping(payload, done)) this.refuse(done);
  }

  /** An unasked-for pong; pings are answered without it. @param data at most 125 bytes @throws RangeError for more */
  pong(data?: WireData, mask?: boolean, callback?: SendCallback): void;
  pong(data: WireData | SendCallback = '', mask?: boolean | SendCallback, callback?: SendCallback): void {
    const { payload, done } = controlArguments(data, mask, callback);
    if (!this.connection.pong(payload, done)) this.refuse(done);
  }

  /** Stops reading: no message comes until `resume`, and TCP holds the client back. */
  pause(): void {
    this.connection.pause();
  }

  resume(): void {
    this.connection.resume();
  }

  /** @internal Resolves when the client keeps up again, or is gone. */
  async drained(): Promise<void> {
    if (this.readyState === CLOSED || !this.connection.isBehind) return;
    this.connection.watchDrain();
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.off('drain', settle);
        this.off('close', settle);
        resolve();
      };
      this.on('drain', settle);
      this.on('close', settle);
    });
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

  addEventListener(type: string, listener: WebSocketListener, options?: { readonly once?: boolean }): void {
    this.eventListeners.add(type, listener, options?.once ?? false);
  }

  removeEventListener(type: string, listener: WebSocketListener): void {
    this.eventListeners.remove(type, listener);
  }

  get onmessage(): WebSocketListener | null {
    return this.eventListeners.get('message');
  }

  set onmessage(listener: WebSocketListener | null) {
    this.eventListeners.set('message', listener);
  }

  get onclose(): WebSocketListener | null {
    return this.eventListeners.get('close');
  }

  set onclose(listener: WebSocketListener | null) {
    this.eventListeners.set('close', listener);
  }

  get onerror(): WebSocketListener | null {
    return this.eventListeners.get('error');
  }

  set onerror(listener: WebSocketListener | null) {
    this.eventListeners.set('error', listener);
  }

  /** Never called: a client that a gateway sees is open already. */
  get onopen(): WebSocketListener | null {
    return this.eventListeners.get('open');
  }

  set onopen(listener: WebSocketListener | null) {
    this.eventListeners.set('open', listener);
  }

  /** @internal Runs listeners; what one throws ends this connection and nothing else. */
  emitContained(event: string, ...args: unknown[]): void {
    if (this.listenerCount(event) === 0) return;
    try {
      super.emit(event, ...args);
    } catch (error) {
      logger.error(`A listener of "${event}" threw; the connection is closed with 1011`, stackOf(error));
      this.close(CloseCode.INTERNAL_ERROR);
    }
  }

  /** @internal */
  deliver(payload: Buffer, isBinary: boolean, isAscii: boolean): void {
    this.emitContained('message', payload, isBinary);
    this.receiver?.receive(payload, isBinary, isAscii);
  }

  /** @internal */
  closing(): void {
    this.receiver?.stop();
  }

  /** @internal */
  ended(code: number, reason: Buffer): void {
    this.receiver?.stop();
    this.emitContained('close', code, reason);
  }

  private get eventListeners(): EventListeners {
    return (this.listenersByProperty ??= new EventListeners(this));
  }

  private refuse(callback: SendCallback | undefined): void {
    if (callback === undefined) return;
    const states = ['connecting', 'open but too far behind', 'closing', 'closed'];
    process.nextTick(callback, new Error(`The message was not sent: the WebSocket is ${states[this.readyState]}`));
  }
}

/** What the connection reports, turned into the events of a {@link WireSocket}. */
class SocketEvents implements ConnectionHandler {
  constructor(private readonly socket: WireSocket) {}

  onMessage(payload: Buffer, isBinary: boolean, isAscii: boolean): void {
    this.socket.deliver(payload, isBinary, isAscii);
  }

  onPing(payload: Buffer): void {
    this.socket.emitContained('ping', payload);
  }

  onPong(payload: Buffer): void {
    this.socket.emitContained('pong', payload);
  }

  onDrain(): void {
    this.socket.emitContained('drain');
  }

  onClosing(): void {
    this.socket.closing();
  }

  onError(error: Error): void {
    if (error instanceof BufferOverflowError) logger.warn(error.message);
    this.socket.emitContained('error', error);
  }

  onClose(code: number, reason: Buffer): void {
    this.socket.ended(code, reason);
  }
}

const NO_ROOMS = 'there are no rooms; keep the sockets of a group in a Set and send to each';
refuseMembers(WireSocket.prototype, 'WireSocket', { join: NO_ROOMS, leave: NO_ROOMS, to: NO_ROOMS, in: NO_ROOMS });

function toPayload(data: Exclude<WireData, string>): string | Uint8Array {
  if (typeof data === 'number') return String(data);
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  throw new TypeError(
    `send takes a string, a number, an ArrayBuffer, a typed array, a DataView or a Buffer, not ${typeof data}: ` +
      'use JSON.stringify for objects',
  );
}

function toBytes(payload: string | Uint8Array): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

function controlArguments(
  data: WireData | SendCallback,
  mask: boolean | SendCallback | undefined,
  callback: SendCallback | undefined,
): { payload: Uint8Array; done: SendCallback | undefined } {
  if (typeof data === 'function') return controlArguments('', undefined, data);
  if (typeof mask === 'function') return controlArguments(data, undefined, mask);
  const payload = toBytes(typeof data === 'string' ? data : toPayload(data));
  if (payload.length > MAX_CONTROL_PAYLOAD) {
    throw new RangeError(`a ping or pong carries at most ${MAX_CONTROL_PAYLOAD} bytes, this one ${payload.length}`);
  }
  return { payload, done: callback };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
