// One side of a WebSocket conversation (RFC 6455 §5.5, §7), without I/O: bytes from the peer go in by `receive`, and
// what follows from them goes out through a sink: messages, control frames to send, the order to end the transport.
// It answers pings, leads the closing handshake from both sides and fails the connection when a rule is broken. It does
// not know sockets, clocks or who reads the messages.

import { Buffer } from 'node:buffer';
import type { PayloadInflater } from '../extension/payload-transform.js';
import { CloseCode } from '../frame/close-code.js';
import { decodeClosePayload, encodeClosePayload } from '../frame/close-payload.js';
import type { FrameHeader } from '../frame/frame-decoder.js';
import { Opcode } from '../frame/opcode.js';
import { ProtocolError } from '../frame/protocol-error.js';
import { DecoderPool } from '../message/decoder-pool.js';
import {
  INFLATING,
  type MessageDecoder,
  type MessageInflation,
  NOTHING,
  type MessageLimits,
} from '../message/message-decoder.js';
import {
  CLOSE_SENT,
  type ControlOpcode,
  ENDED,
  type Event,
  isReading,
  OPEN,
  READY_STATES,
  type State,
  TRANSITIONS,
} from './states.js';

/** What a conversation asks of the world around it. */
export interface ConversationSink {
  /** A whole message; the payload is good until the call returns. */
  receiveMessage(payload: Buffer, isBinary: boolean, isAscii: boolean): void;
  /** A ping came; its pong is on its way already. */
  receivePing(payload: Buffer): void;
  receivePong(payload: Buffer): void;
  /** A control frame to send. */
  sendControl(opcode: ControlOpcode, payload: Buffer): void;
  /** The closing handshake began, from whichever side, or the connection was failed. */
  beginClosing(): void;
  /** The peer broke a rule. */
  reportViolation(error: ProtocolError): void;
  /** Sees every frame that comes, before anything follows from it, with what came of its payload. */
  observeFrame?(header: FrameHeader, payload: Buffer): void;
  /** A message is being inflated: read no more until `continueReading`, when `proceed` is to be called. */
  holdReading(): void;
  continueReading(): void;
  /** Nothing more will be sent: send what waits, then end the transport. May be said again when the peer ends it too. */
  endTransport(): void;
}

const NO_REASON = Buffer.alloc(0);

export class Conversation {
  /** How it ended, as §7.1.5 and §7.1.6 define it: 1006 until a Close frame says otherwise. */
  closeCode: number;
  closeReason: Buffer;
  /** Whether reading has stopped before the next message. */
  isPaused: boolean;

  private state: State;
  private readonly role: 'client' | 'server';
  /** Between two messages there is none. */
  private decoder: MessageDecoder | undefined;
  private readonly decoders: DecoderPool;
  private readonly inflation: MessageInflation | undefined;
  private readonly sink: ConversationSink;
  private isInflating: boolean;
  /** Whether the peer's end came while a message was being inflated. */
  private endIsDue: boolean;
  private isProcessing: boolean;

  /** @param inflater where permessage-deflate was agreed on */
  constructor(role: 'client' | 'server', limits: MessageLimits, sink: ConversationSink, inflater?: PayloadInflater) {
    this.closeCode = CloseCode.ABNORMAL;
    this.closeReason = NO_REASON;
    this.state = OPEN;
    this.role = role;
    const from = role === 'server' ? 'client' : 'server';
    this.decoder = undefined;
    this.decoders = DecoderPool.of(from, limits);
    this.inflation = inflater && { inflater, onInflated: () => this.inflated() };
    this.sink = sink;
    this.isPaused = false;
    this.isInflating = false;
    this.endIsDue = false;
    this.isProcessing = false;
  }

  get isOpen(): boolean {
    return this.state === OPEN;
  }

  /** The `readyState` of the WebSocket API. */
  get readyState(): 1 | 2 | 3 {
    return READY_STATES[this.state];
  }

  /** The number of the message of which the peer has sent only a part so far; 0 for none. */
  get unfinishedMessage(): number {
    return isReading(this.state) && this.decoder !== undefined ? this.decoder.unfinishedMessage : 0;
  }

  /**
   * Takes bytes from the peer, the first `length` of a chunk. They are unmasked in place, and of no more use here when the
   * call returns. After the peer's Close or a failure they are ignored (§5.5.1).
   */
  receive(chunk: Buffer, length = chunk.length): void {
    if (!isReading(this.state)) return;
    this.decoder ??= this.decoders.take(this.sink, this.inflation);
    if (this.decoder.isReading(chunk)) {
      // Somebody has had the stream read while a message of this chunk was handed over, and what was behind it is lost.
      this.abort();
      this.sink.endTransport();
      return;
    }
    this.decoder.feed(chunk, length);
    if (this.canReceive) this.process();
    // Where reading stopped in the middle of them, or had stopped before: a TLS stream gives all that it has decrypted.
    if (!this.canReceive) this.decoder?.keep();
  }

  /** Whether bytes may be received now. */
  get canReceive(): boolean {
    return !this.isPaused && !this.isInflating;
  }

  /** Stops before the next message; what has been received, and is received meanwhile, stays until `resume`. */
  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.proceed();
  }

  /** Goes on with what has been received, as far as nothing stands in the way. */
  proceed(): void {
    if (!this.isInflating) this.process();
    if (this.endIsDue && this.canReceive) this.receiveEnd();
  }

  /**
   * Begins the closing handshake (§7.1.2); does nothing when it has begun.
   * @throws TypeError, RangeError for a code or reason that must not be sent
   */
  close(code?: number, reason?: string | Uint8Array): void {
    const payload = encodeClosePayload(code, reason);
    if (!this.transition('sendClose')) return;
    this.sink.beginClosing();
    this.sink.sendControl(Opcode.CLOSE, payload);
  }

  /** Fails the connection (§7.1.7): a Close frame with the error's code, then the end of the transport. */
  fail(error: ProtocolError): void {
    const hasSentClose = this.state === CLOSE_SENT;
    if (!this.transition('fail')) return;
    this.stopDecoding();
    this.sink.reportViolation(error);
    if (!hasSentClose) {
      this.sink.beginClosing();
      this.sink.sendControl(Opcode.CLOSE, encodeClosePayload(error.closeCode));
    }
    this.sink.endTransport();
  }

  /** The peer will send nothing more. Without its Close frame that is no clean end: the code stays 1006 (§7.1.5). */
  receiveEnd(): void {
    if (this.state === ENDED) return;
    // What came before the end is handed over before it.
    this.endIsDue = !this.canReceive && isReading(this.state);
    if (this.endIsDue) return;
    const wasOpen = this.state === OPEN;
    this.transition('fail');
    this.stopDecoding();
    if (wasOpen) this.sink.beginClosing();
    this.sink.endTransport();
  }

  /** The transport is about to be cut: nothing more is read or sent. */
  abort(): void {
    const wasOpen = this.state === OPEN;
    this.transition('fail');
    this.stopDecoding();
    if (wasOpen) this.sink.beginClosing();
  }

  /** The transport is gone; `closeCode` and `closeReason` are final. */
  transportEnded(): void {
    this.transition('transportEnded');
    this.stopDecoding();
  }

  private process(): void {
    // A sink that resumes while it is handed a message must not start a second loop inside the first.
    if (this.isProcessing) return;
    this.isProcessing = true;
    try {
      while (this.decoder !== undefined && !this.isPaused && isReading(this.state)) {
        const { decoder } = this;
        const received = decoder.next();
        if (received === NOTHING) {
          this.rest(decoder);
          break;
        }
        if (received === INFLATING) {
          this.isInflating = true;
          this.sink.holdReading();
          break;
        }
        this.dispatch(received, decoder);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.fail(error);
    } finally {
      this.isProcessing = false;
    }
  }

  private inflated(): void {
    this.isInflating = false;
    if (isReading(this.state)) this.sink.continueReading();
  }

  /** What was fed has been read. */
  private rest(decoder: MessageDecoder): void {
    decoder.release();
    if (!decoder.isAtRest) return;
    this.decoder = undefined;
    this.decoders.giveBack(decoder);
  }

  /** Nothing more is read. */
  private stopDecoding(): void {
    this.decoder?.release();
    this.decoder = undefined;
    this.inflation?.inflater.close();
  }

  private dispatch(received: Opcode, { payload, payloadIsAscii }: MessageDecoder): void {
    switch (received) {
      case Opcode.PING:
        this.sink.sendControl(Opcode.PONG, payload);
        this.sink.receivePing(payload);
        break;
      case Opcode.PONG:
        this.sink.receivePong(payload);
        break;
      case Opcode.CLOSE:
        this.receiveClose(payload);
        break;
      default:
        this.sink.receiveMessage(payload, received === Opcode.BINARY, payloadIsAscii);
    }
  }

  private receiveClose(payload: Buffer): void {
    const { code, reason } = decodeClosePayload(payload);
    const hasSentClose = this.state === CLOSE_SENT;
    this.transition('receiveClose');
    this.stopDecoding();
    this.closeCode = code;
    this.closeReason = reason;
    if (!hasSentClose) {
      this.sink.beginClosing();
      // §5.5.1: what was received is sent back.
      const hasCode = code !== CloseCode.NO_STATUS;
      this.sink.sendControl(Opcode.CLOSE, hasCode ? encodeClosePayload(code, reason) : encodeClosePayload());
    }
    // §7.1.1: the server ends the transport first; a client gives it the time to.
    if (this.role === 'server') this.sink.endTransport();
  }

  private transition(event: Event): boolean {
    const next = TRANSITIONS[this.state][event];
    if (next === undefined) return false;
    this.state = next;
    return true;
  }
}
