// The shell around a Duplex: it moves bytes between a stream and a conversation and adds what needs a clock, the
// heartbeat and the time limits. In go the stream's events and the calls of whoever sends; out come messages and, once
// and last of all, `onClose`. It does not know Nest, HTTP or what messages mean.

import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import type { PayloadInflater } from '../extension/payload-transform.js';
import type { FrameHeader } from '../frame/frame-decoder.js';
import { FIN, RSV1 } from '../frame/frame-header.js';
import { Opcode } from '../frame/opcode.js';
import { ProtocolError } from '../frame/protocol-error.js';
import type { MessageLimits } from '../message/message-decoder.js';
import { Conversation, type ConversationSink } from '../protocol/conversation.js';
import type { ControlOpcode } from '../protocol/states.js';
import { BufferOverflowError } from './buffer-overflow.error.js';
import type { ConnectionHandler } from './connection-handler.js';
import { closeChannel, frameChannel, publishFrame } from './diagnostics.js';
import { keepFreedMemory } from './freed-memory.js';
import type { HeartbeatOptions, HeartbeatOwner } from './heartbeat.js';
import { MessageSender, type MessageSenderOwner, type OutgoingCompression } from './message-sender.js';
import type { PreparedMessage } from './prepared-message.js';
import { Outbox, type OutboxLimits, type OutboxOwner, type SendCallback } from './outbox.js';
import { PeerWatch } from './peer-watch.js';
import { kept } from './shared-reading.js';
import { listenForData, listenForEnd, listenForFlow, shareReading, type StreamOwner } from './stream-events.js';
import type { TimeLimitOptions, TimeLimitOwner } from './time-limits.js';

export interface ConnectionOptions {
  /** Whether pings are answered; with `false`, whoever listens to them must (RFC 6455 §5.5.2). */
  readonly autoPong: boolean;
  readonly limits: MessageLimits & OutboxLimits & TimeLimitOptions;
  readonly heartbeat: HeartbeatOptions;
}

/** Where permessage-deflate was agreed on (RFC 7692). */
export interface ConnectionCompression extends OutgoingCompression {
  readonly inflater: PayloadInflater;
}

/** What the handshake has settled. */
export interface ConnectionSetup {
  /** @default 'server' */
  readonly role?: 'client' | 'server';
  readonly compression?: ConnectionCompression | undefined;
}

export class Connection
  implements ConversationSink, OutboxOwner, MessageSenderOwner, HeartbeatOwner, TimeLimitOwner, StreamOwner
{
  private readonly socket: Duplex;
  private readonly role: 'client' | 'server';
  private readonly options: ConnectionOptions;
  private readonly handler: ConnectionHandler;
  private readonly conversation: Conversation;
  private readonly outbox: Outbox;
  private readonly sender: MessageSender;
  private readonly watch: PeerWatch;
  private hasEnded: boolean;

  constructor(
    socket: Duplex,
    options: ConnectionOptions,
    handler: ConnectionHandler,
    { role = 'server', compression }: ConnectionSetup = {},
  ) {
    this.socket = socket;
    this.role = role;
    this.options = options;
    this.handler = handler;
    this.conversation = new Conversation(role, options.limits, this, compression?.inflater);
    this.outbox = new Outbox(socket, options.limits, this, role);
    this.sender = new MessageSender(this.outbox, options.limits, compression, this);
    this.watch = new PeerWatch(options.heartbeat, options.limits, this);
    this.hasEnded = false;
    listenForEnd(socket, this);
  }

  /** Begins to read. @param head bytes that came behind the handshake */
  start(head: Buffer): void {
    const { socket } = this;
    if (socket.destroyed) {
      this.streamClosed();
      return;
    }
    listenForFlow(socket);
    this.watchPeer();
    const early = Buffer.concat([head, shareReading(socket)]);
    // Before, a pause was the stream's alone, and what is read into shared memory does not pass there.
    if (!this.conversation.canReceive) socket.pause();
    if (early.length > 0) this.receive(early, early.length);
    listenForData(socket);
    // A peer that ended its side before, with nothing left to read, does not end it again.
    if (socket.readableEnded) this.streamEnded();
  }

  get isOpen(): boolean {
    return this.conversation.isOpen;
  }

  /** The `readyState` of the WebSocket API: 1 open, 2 closing, 3 closed. */
  get readyState(): 1 | 2 | 3 {
    return this.conversation.readyState;
  }

  /** Bytes sent that the operating system has not taken yet. */
  get bufferedBytes(): number {
    return this.outbox.bufferedBytes;
  }

  /** Whether a producer that can wait should wait for `onDrain`. */
  get isBehind(): boolean {
    return this.outbox.isBehind;
  }

  /** Whether a producer that cannot wait may send more, once the socket was offered what this turn has produced. */
  takesMore(): boolean {
    return this.outbox.takesMore();
  }

  /** Asks for one `onDrain` when the socket has taken what waits now. */
  watchDrain(): void {
    this.outbox.watchDrain();
  }

  get isPaused(): boolean {
    return this.conversation.isPaused;
  }

  /** Sends a text message. @returns whether it was queued: only while the connection is open and the peer keeps up */
  sendText(text: string, callback?: SendCallback): boolean {
    return this.isOpen && this.sender.sendText(text, callback);
  }

  /** Sends a text message that others are sent too; of a server's only, since it is not masked. @returns whether it was queued */
  sendPrepared(message: PreparedMessage): boolean {
    return this.isOpen && this.sender.sendPrepared(message, undefined);
  }

  /** Sends a fragment of a message (§5.4), the first with its opcode and all others as continuations. */
  sendFragment(opcode: Opcode, payload: Uint8Array, isLast: boolean, callback?: SendCallback): boolean {
    return this.isOpen && this.sender.sendFrame((isLast ? FIN : 0) | opcode, payload, callback);
  }

  /**
   * Sends a message, compressed where that was agreed on and it is long enough. Above 16 KiB the payload must not be
   * changed until it has left.
   * @returns whether it was queued: only while the connection is open and the peer keeps up
   */
  sendMessage(
    opcode: typeof Opcode.TEXT | typeof Opcode.BINARY,
    payload: Uint8Array,
    callback?: SendCallback,
  ): boolean {
    return this.isOpen && this.sender.sendMessage(opcode, payload, callback);
  }

  /** Sends a message as it is, also where compression was agreed on. */
  sendUncompressed(
    opcode: typeof Opcode.TEXT | typeof Opcode.BINARY,
    payload: Uint8Array,
    callback?: SendCallback,
  ): boolean {
    return this.isOpen && this.sender.sendFrame(FIN | opcode, payload, callback);
  }

  /** @returns whether it was queued: only while the connection is open */
  ping(payload: Uint8Array, callback?: SendCallback): boolean {
    return this.sendUnlessClosing(Opcode.PING, payload, callback);
  }

  /** An unasked-for pong (§5.5.3). @returns whether it was queued: only while the connection is open */
  pong(payload: Uint8Array, callback?: SendCallback): boolean {
    return this.sendUnlessClosing(Opcode.PONG, payload, callback);
  }

  /** Begins the closing handshake. @throws TypeError, RangeError for a code or reason that must not be sent */
  close(code?: number, reason?: string | Uint8Array): void {
    this.conversation.close(code, reason);
  }

  /** Destroys the transport at once; `onClose` says 1006 unless a Close frame had come. */
  terminate(): void {
    this.conversation.abort();
    this.socket.destroy();
  }

  /** Ends a connection for which more waits than may. A Close frame would wait behind what the peer does not read. */
  overflow(): void {
    // First, so that whoever sends more when told of it is refused, not told again.
    this.terminate();
    this.handler.onError(new BufferOverflowError(this.options.limits.maxBufferedBytes));
  }

  /** Stops reading before the next message: the peer's sending is held back by TCP. */
  pause(): void {
    this.conversation.pause();
    this.socket.pause();
    this.watch.suspend();
  }

  resume(): void {
    if (!this.conversation.isPaused) return;
    this.goOn(() => this.conversation.resume());
    this.watchPeer();
  }

  // The conversation's sink.

  /** @internal */
  observeFrame({ fin, reservedBits, opcode, payloadLength }: FrameHeader, payload: Buffer): void {
    if (!frameChannel.hasSubscribers) return;
    const { socket, role } = this;
    const rsv1 = (reservedBits & RSV1) !== 0;
    publishFrame({ socket, direction: 'in', fin, rsv1, opcode, masked: role === 'server', payloadLength, payload });
  }

  /** @internal */
  receiveMessage(payload: Buffer, isBinary: boolean, isAscii: boolean): void {
    keepFreedMemory(payload.length);
    this.handler.onMessage(isBinary ? kept(payload) : payload, isBinary, isAscii);
  }

  /** @internal */
  receivePing(payload: Buffer): void {
    this.handler.onPing(kept(payload));
  }

  /** @internal */
  receivePong(payload: Buffer): void {
    this.handler.onPong(kept(payload));
  }

  /** @internal */
  sendControl(opcode: ControlOpcode, payload: Buffer): void {
    if (opcode !== Opcode.PONG) this.sender.sendControl(opcode, payload);
    else if (this.options.autoPong) this.sender.sendPong(payload);
  }

  /** @internal */
  beginClosing(): void {
    this.watch.beginClosing();
    this.handler.onClosing();
  }

  /** @internal */
  reportViolation(error: ProtocolError): void {
    this.handler.onError(error);
  }

  /** @internal */
  endTransport(): void {
    this.watch.beginClosing();
    this.sender.end();
  }

  /** @internal Meanwhile TCP holds the peer back. */
  holdReading(): void {
    this.socket.pause();
    this.watch.suspend();
  }

  /** @internal */
  continueReading(): void {
    this.goOn(() => this.conversation.proceed());
    this.watchPeer();
  }

  // The sender's owner.

  /** @internal */
  compressionRests(): void {
    this.continueReading();
  }

  // The outbox's owner.

  /** @internal */
  outboxDrained(): void {
    this.handler.onDrain();
  }

  /** @internal */
  outboxOverflowed(): void {
    this.overflow();
  }

  /** @internal */
  outboxFlooded(error: ProtocolError): void {
    this.conversation.fail(error);
  }

  // The heartbeat's owner.

  /** @internal */
  heartbeatDue(): void {
    this.sender.sendControl(Opcode.PING, NOTHING_TO_SAY);
  }

  /** @internal */
  heartbeatLost(): void {
    this.terminate();
  }

  // The time limits' owner.

  /** @internal */
  closingTookTooLong(): void {
    this.terminate();
  }

  /** @internal */
  messageTookTooLong(): void {
    this.conversation.fail(new ProtocolError('message-too-slow'));
  }

  // The stream's owner.

  /** @internal */
  receive(chunk: Buffer, length: number): void {
    this.watch.heard();
    this.outbox.hold();
    this.conversation.receive(chunk, length);
    this.handler.onDelivered?.();
    this.outbox.release();
    this.timeUnfinishedMessage();
    // What it sends may cause more to compress than can be: the compressor's slowness is not to be taken for the peer's.
    if (this.sender.isCompressing) this.socket.pause();
  }

  /** @internal */
  streamDrained(): void {
    // What waited has been taken: somebody is there, however slow, though an answer to a ping may be long in coming.
    this.watch.heard();
    this.outbox.drained();
  }

  /** @internal */
  streamEnded(): void {
    this.conversation.receiveEnd();
  }

  /** @internal */
  streamFailed(error: Error): void {
    this.conversation.abort();
    this.handler.onError(error);
  }

  /** @internal */
  streamClosed(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.watch.stop();
    this.conversation.transportEnded();
    this.sender.close();
    const { closeCode: code, closeReason: reason } = this.conversation;
    if (closeChannel.hasSubscribers) closeChannel.publish({ socket: this.socket, code, reason: reason.toString() });
    this.handler.onClose(code, reason);
  }

  /** Goes on with bytes that were received before reading stopped, then with reading. */
  private goOn(proceed: () => void): void {
    this.outbox.hold();
    proceed();
    this.handler.onDelivered?.();
    this.outbox.release();
    this.timeUnfinishedMessage();
    if (this.conversation.canReceive && !this.sender.isCompressing) this.socket.resume();
  }

  private sendUnlessClosing(opcode: ControlOpcode, payload: Uint8Array, callback: SendCallback | undefined): boolean {
    if (!this.conversation.isOpen) return false;
    this.sender.sendControl(opcode, payload, callback);
    return true;
  }

  private watchPeer(): void {
    if (this.conversation.isOpen && this.conversation.canReceive) this.watch.start();
  }

  private timeUnfinishedMessage(): void {
    if (this.conversation.canReceive) this.watch.watchMessage(this.conversation.unfinishedMessage);
  }
}

const NOTHING_TO_SAY = Buffer.alloc(0);
