// Frames in, messages out (RFC 6455 §5.4, §5.6): puts fragments together, lets control frames pass between them, has
// compressed payloads inflated (RFC 7692 §7.2.2) and enforces the limits, at each header and with each piece. A pull
// parser like the frame decoder below it: `feed` bytes, then call `next` until it answers NOTHING. What follows from a
// message, a ping or a Close is the conversation's business.

import { Buffer, isAscii } from 'node:buffer';
import type { PayloadInflater } from '../extension/payload-transform.js';
import { FrameDecoder, type FrameHeader } from '../frame/frame-decoder.js';
import { RSV1 } from '../frame/frame-header.js';
import { isControl, Opcode } from '../frame/opcode.js';
import { ProtocolError } from '../frame/protocol-error.js';
import { GatheredPayload } from './gathered-payload.js';
import { MessageAssembly } from './message-assembly.js';

/** What {@link MessageDecoder.next} found: more bytes are needed. A message or control frame goes by its opcode. */
export const NOTHING = -1;
/** The message is being inflated: call `next` again when `onInflated` says so, and not before. */
export const INFLATING = -2;
export type Received = Opcode | typeof NOTHING | typeof INFLATING;

export interface MessageLimits {
  /** The longest message in bytes, counted after inflating; 0 for no limit. */
  readonly maxMessageBytes: number;
  /** The most frames one message may come in; 0 for no limit. */
  readonly maxFragments: number;
}

export interface FrameObserver {
  /** Called for each frame with as much of its payload as came with its header. */
  observeFrame?(header: FrameHeader, payload: Buffer): void;
}

/** Where permessage-deflate was agreed on. */
export interface MessageInflation {
  readonly inflater: PayloadInflater;
  /** Called when what `next` was waiting for is there. */
  onInflated(): void;
}

const EMPTY = Buffer.alloc(0);

/** Compressed data that is longer than what it stands for by more than this holds nothing but padding. */
const COMPRESSED_SLACK_FACTOR = 2;
const COMPRESSED_SLACK_BYTES = 1024;

export class MessageDecoder {
  /** The payload of what `next` returned: a view of the bytes fed, or a buffer of its own. */
  payload: Buffer;
  /** Whether that payload is known to be ASCII only, so that `latin1Slice` decodes it. */
  payloadIsAscii: boolean;

  observer: FrameObserver | undefined;
  inflation: MessageInflation | undefined;

  private readonly frames: FrameDecoder;
  private readonly maxMessageBytes: number;
  private readonly maxCompressedBytes: number;
  private readonly maxFragments: number;
  private inFrame: boolean;
  /** Whether nothing of the frame's payload was asked for yet. */
  private isNewFrame: boolean;
  // The message that is being put together.
  private readonly assembly: MessageAssembly;
  private messageOpcode: Opcode | typeof NOTHING;
  /** Bytes of payload that its frames have declared so far. */
  private declaredBytes: number;
  private fragments: number;
  private messagesBegun: number;
  // Its compressed payload, gathered while bytes are at hand, and what the inflater is at work on.
  private isCompressed: boolean;
  private compressed: GatheredPayload | undefined;
  private inflatesLast: boolean;
  private inflated: Buffer | ProtocolError | undefined;
  // Made when first needed: all but a few control frames come in one piece.
  private controlParts: GatheredPayload | undefined;

  constructor(
    from: 'client' | 'server',
    limits: MessageLimits,
    inflation?: MessageInflation,
    observer?: FrameObserver,
  ) {
    this.payload = EMPTY;
    this.payloadIsAscii = true;
    this.observer = observer;
    this.inflation = inflation;
    this.frames = new FrameDecoder({ from, extensionBits: inflation === undefined ? 0 : RSV1 });
    this.maxMessageBytes = limits.maxMessageBytes || Number.MAX_SAFE_INTEGER;
    this.maxCompressedBytes = this.maxMessageBytes * COMPRESSED_SLACK_FACTOR + COMPRESSED_SLACK_BYTES;
    this.maxFragments = limits.maxFragments || Number.MAX_SAFE_INTEGER;
    this.inFrame = false;
    this.isNewFrame = false;
    this.assembly = new MessageAssembly();
    this.messageOpcode = NOTHING;
    this.declaredBytes = 0;
    this.fragments = 0;
    this.messagesBegun = 0;
    this.isCompressed = false;
    this.compressed = undefined;
    this.inflatesLast = false;
    this.inflated = undefined;
    this.controlParts = undefined;
  }

  /** Whether the next byte begins a frame and a message. */
  get isAtRest(): boolean {
    return this.messageOpcode === NOTHING && !this.inFrame && this.frames.isBetweenHeaders;
  }

  /** The number of the message whose end has not come yet; 0 between messages. */
  get unfinishedMessage(): number {
    return this.messageOpcode === NOTHING ? 0 : this.messagesBegun;
  }

  /** Takes the first `length` bytes of a chunk, behind what was kept of those before. */
  feed(chunk: Buffer, length = chunk.length): void {
    this.frames.feed(chunk, length);
  }

  /** Whether bytes of this chunk have not been read. */
  isReading(chunk: Buffer): boolean {
    return this.frames.isReading(chunk);
  }

  /** Copies what has not been read, so that whoever fed the chunk may use it again. */
  keep(): void {
    this.frames.keep();
    this.payload = EMPTY;
  }

  /** Lets go of the bytes fed and the payload handed out. */
  release(): void {
    this.frames.release();
    this.payload = EMPTY;
  }

  /** @throws ProtocolError when a rule or a limit is broken; the decoder is of no use afterwards */
  next(): Received {
    if (this.inflated !== undefined) {
      const received = this.takeInflated();
      if (received !== NOTHING) return received;
    }
    for (;;) {
      if (!this.inFrame) {
        if (!this.frames.readHeader()) return this.inflateGathered();
        this.inFrame = true;
        this.isNewFrame = true;
        this.checkHeader();
      }
      const received = isControl(this.frames.opcode) ? this.readControl() : this.readData();
      if (received !== NOTHING) return received;
      // The frame is unfinished, or it was a fragment and the next frame may be here already.
      if (this.inFrame) return this.inflateGathered();
    }
  }

  private checkHeader(): void {
    const { frames } = this;
    const { opcode } = frames;
    // Only the first frame of a message says whether it is compressed (RFC 7692 §6).
    const isFirst = opcode === Opcode.TEXT || opcode === Opcode.BINARY;
    if (frames.reservedBits !== 0 && !isFirst) throw new ProtocolError('reserved-bits');
    if (isControl(opcode)) return;
    if (isFirst) {
      if (this.messageOpcode !== NOTHING) throw new ProtocolError('message-interrupted');
      this.beginMessage(opcode);
    } else if (this.messageOpcode === NOTHING) {
      throw new ProtocolError('continuation-without-start');
    }
    this.declaredBytes += frames.payloadLength;
    const maxBytes = this.isCompressed ? this.maxCompressedBytes : this.maxMessageBytes;
    if (this.declaredBytes > maxBytes) throw new ProtocolError('message-too-big');
    if (++this.fragments > this.maxFragments) throw new ProtocolError('too-many-fragments');
  }

  private beginMessage(opcode: Opcode): void {
    this.assembly.begin(opcode);
    this.messageOpcode = opcode;
    this.isCompressed = this.frames.reservedBits !== 0;
    this.declaredBytes = 0;
    this.fragments = 0;
    this.messagesBegun++;
  }

  private readData(): Received {
    const { frames } = this;
    const piece = this.readPayload();
    const frameIsComplete = frames.payloadRemaining === 0;
    const messageIsComplete = frameIsComplete && frames.fin;
    this.inFrame = !frameIsComplete;
    if (this.isCompressed) {
      const { compressed } = this;
      if (messageIsComplete && (compressed === undefined || compressed.length === 0)) return this.inflate(piece, true);
      (this.compressed ??= new GatheredPayload()).append(piece, 0);
      return messageIsComplete ? this.inflate(this.compressed.take(), true) : NOTHING;
    }
    return this.assemble(piece, frames.pieceIsAscii, messageIsComplete);
  }

  private readPayload(): Buffer {
    const piece = this.frames.readPayload();
    if (this.isNewFrame) this.observer?.observeFrame?.(this.frames, piece);
    this.isNewFrame = false;
    return piece;
  }

  private assemble(piece: Buffer, pieceIsAscii: boolean, isLast: boolean): Received {
    if (!isLast) {
      this.assembly.add(piece, pieceIsAscii, this.isCompressed ? 0 : this.declaredBytes);
      return NOTHING;
    }
    this.payload = this.assembly.finish(piece, pieceIsAscii);
    this.payloadIsAscii = this.assembly.isAscii;
    const opcode = this.messageOpcode;
    this.messageOpcode = NOTHING;
    return opcode;
  }

  /** The bytes at hand are used up: what they held of a compressed message is judged now, not when its end comes. */
  private inflateGathered(): Received {
    if (this.compressed === undefined || this.compressed.length === 0) return NOTHING;
    return this.inflate(this.compressed.take(), false);
  }

  private inflate(piece: Buffer, isLast: boolean): Received {
    const { inflater } = this.inflation!;
    this.inflatesLast = isLast;
    const output = inflater.inflate(piece, isLast, this.maxMessageBytes - this.assembly.length, this.receiveInflated);
    return output === undefined ? INFLATING : this.assemble(output, isAscii(output), isLast);
  }

  private readonly receiveInflated = (result: Buffer | ProtocolError): void => {
    this.inflated = result;
    this.inflation!.onInflated();
  };

  private takeInflated(): Received {
    const result = this.inflated!;
    this.inflated = undefined;
    if (result instanceof ProtocolError) throw result;
    return this.assemble(result, isAscii(result), this.inflatesLast);
  }

  private readControl(): Received {
    const { frames } = this;
    const piece = this.readPayload();
    const isComplete = frames.payloadRemaining === 0;
    if (isComplete && (this.controlParts === undefined || this.controlParts.length === 0)) {
      this.payload = piece;
    } else {
      (this.controlParts ??= new GatheredPayload()).append(piece, frames.payloadLength);
      if (!isComplete) return NOTHING;
      this.payload = this.controlParts.take();
    }
    this.inFrame = false;
    return frames.opcode as Opcode;
  }
}
