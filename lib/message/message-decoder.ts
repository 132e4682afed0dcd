// Frames in, messages out (RFC 6455 §5.4, §5.6): puts fragments together, lets control frames pass between them, checks
// UTF-8 as it arrives and enforces the size limits at each header, before anything is held. A pull parser like the
// frame decoder below it: `feed` bytes, then call `next` until it answers NOTHING. What follows from a message, a ping
// or a Close is the conversation's business.

import { Buffer, isUtf8 } from 'node:buffer';
import { FrameDecoder } from '../frame/frame-decoder.js';
import { isControl, Opcode } from '../frame/opcode.js';
import { ProtocolError } from '../frame/protocol-error.js';
import { PayloadParts } from './payload-parts.js';
import { Utf8Validator } from './utf8-validator.js';

/** What {@link MessageDecoder.next} found; a message or control frame goes by its opcode. */
export const NOTHING = -1;
export type Received = Opcode | typeof NOTHING;

export interface MessageLimits {
  /** The longest message in bytes; 0 for no limit. */
  readonly maxMessageBytes: number;
  /** The most frames one message may come in; 0 for no limit. */
  readonly maxFragments: number;
}

const EMPTY = Buffer.alloc(0);

export class MessageDecoder {
  /** The payload of what `next` returned: a view of the bytes fed, or a buffer of its own. */
  payload: Buffer;
  /** Whether the payload of the last message is ASCII only, so that `latin1Slice` decodes it; says nothing of a control frame. */
  payloadIsAscii: boolean;

  private readonly frames: FrameDecoder;
  private readonly maxMessageBytes: number;
  private readonly maxFragments: number;
  private inFrame: boolean;
  // The message that is being put together.
  private messageOpcode: Opcode | typeof NOTHING;
  private messageBytes: number;
  private messageIsAscii: boolean;
  private fragments: number;
  private messagesBegun: number;
  // Made when first needed: most messages and all but a few control frames come in one piece.
  private parts: PayloadParts | undefined;
  private utf8: Utf8Validator | undefined;
  private controlParts: PayloadParts | undefined;

  constructor(from: 'client' | 'server', limits: MessageLimits) {
    this.payload = EMPTY;
    this.payloadIsAscii = true;
    this.frames = new FrameDecoder({ from, extensionBits: 0 });
    this.maxMessageBytes = limits.maxMessageBytes || Number.MAX_SAFE_INTEGER;
    this.maxFragments = limits.maxFragments || Number.MAX_SAFE_INTEGER;
    this.inFrame = false;
    this.messageOpcode = NOTHING;
    this.messageBytes = 0;
    this.messageIsAscii = true;
    this.fragments = 0;
    this.messagesBegun = 0;
    this.parts = undefined;
    this.utf8 = undefined;
    this.controlParts = undefined;
  }

  /** The number of the message whose end has not come yet; 0 between messages. */
  get unfinishedMessage(): number {
    return this.messageOpcode === NOTHING ? 0 : this.messagesBegun;
  }

  /** Takes the next bytes; `next` must have answered NOTHING to the ones before. */
  feed(chunk: Buffer): void {
    this.frames.feed(chunk);
  }

  /** Lets go of the bytes fed and the payload handed out. */
  release(): void {
    this.frames.release();
    this.payload = EMPTY;
  }

  /** @throws ProtocolError when a rule or a limit is broken; the decoder is of no use afterwards */
  next(): Received {
    for (;;) {
      if (!this.inFrame) {
        if (!this.frames.readHeader()) return NOTHING;
        this.inFrame = true;
        if (!isControl(this.frames.opcode)) this.beginFragment();
      }
      const received = isControl(this.frames.opcode) ? this.readControl() : this.readData();
      if (received !== NOTHING) return received;
      // The frame is unfinished, or it was a fragment and the next frame may be here already.
      if (this.inFrame) return NOTHING;
    }
  }

  private beginFragment(): void {
    const { frames } = this;
    if (frames.opcode === Opcode.CONTINUATION) {
      if (this.messageOpcode === NOTHING) throw new ProtocolError('continuation-without-start');
    } else {
      if (this.messageOpcode !== NOTHING) throw new ProtocolError('message-interrupted');
      this.messageOpcode = frames.opcode as Opcode;
      this.messageBytes = 0;
      this.messageIsAscii = true;
      this.fragments = 0;
      this.messagesBegun++;
    }
    this.messageBytes += frames.payloadLength;
    if (this.messageBytes > this.maxMessageBytes) throw new ProtocolError('message-too-big');
    if (++this.fragments > this.maxFragments) throw new ProtocolError('too-many-fragments');
  }

  private readData(): Received {
    const { frames } = this;
    const piece = frames.readPayload();
    const frameIsComplete = frames.payloadRemaining === 0;
    const messageIsComplete = frameIsComplete && frames.fin;
    this.inFrame = !frameIsComplete;
    this.messageIsAscii &&= frames.pieceIsAscii;

    const isFirstPiece = this.parts === undefined || this.parts.length === 0;
    if (messageIsComplete && isFirstPiece) {
      this.checkWholeText(piece);
      return this.finishMessage(piece);
    }
    this.checkPieceOfText(piece);
    if (piece.length > 0) (this.parts ??= new PayloadParts()).append(piece);
    if (!messageIsComplete) return NOTHING;
    this.checkEndOfText();
    return this.finishMessage(this.parts!.take());
  }

  private finishMessage(payload: Buffer): Received {
    const opcode = this.messageOpcode;
    this.messageOpcode = NOTHING;
    this.payload = payload;
    this.payloadIsAscii = this.messageIsAscii;
    return opcode;
  }

  private checkWholeText(piece: Buffer): void {
    if (this.messageOpcode !== Opcode.TEXT || this.messageIsAscii) return;
    if (!isUtf8(piece)) throw new ProtocolError('text-not-utf8');
  }

  private checkPieceOfText(piece: Buffer): void {
    if (this.messageOpcode !== Opcode.TEXT || this.messageIsAscii) return;
    this.utf8 ??= new Utf8Validator();
    if (!this.utf8.push(piece)) throw new ProtocolError('text-not-utf8');
  }

  private checkEndOfText(): void {
    if (this.messageOpcode !== Opcode.TEXT || this.messageIsAscii) return;
    if (!this.utf8!.isComplete) throw new ProtocolError('text-not-utf8');
  }

  private readControl(): Received {
    const { frames } = this;
    const piece = frames.readPayload();
    const isComplete = frames.payloadRemaining === 0;
    if (isComplete && (this.controlParts === undefined || this.controlParts.length === 0)) {
      this.payload = piece;
    } else {
      (this.controlParts ??= new PayloadParts()).append(piece);
      if (!isComplete) return NOTHING;
      this.payload = this.controlParts.take();
    }
    this.inFrame = false;
    return frames.opcode as Opcode;
  }
}
