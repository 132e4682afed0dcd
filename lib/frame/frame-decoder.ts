// Bytes in, frames out (RFC 6455 §5.2). A pull parser: `feed` a chunk, then ask for `readHeader` and, for that frame,
// `readPayload` until nothing is left of it. "Not enough bytes yet" is an answer, not an error; a broken rule throws a
// ProtocolError as soon as the header's field that breaks it is there. Payloads are unmasked in place and handed out as
// views of the chunk, which the decoder may change but does not own: what of it is to be read later is to be kept. What a
// frame means is not known here.

import { Buffer } from 'node:buffer';
import { simdMemory, viewSimdMemory } from './mask-simd.js';
import { applyMask, isAscii, rotateKey } from './mask.js';
import { isControl, isReservedOpcode } from './opcode.js';
import {
  FIN,
  LENGTH_16,
  LENGTH_64,
  LENGTH_BITS,
  MASKED,
  MAX_16_BIT_LENGTH,
  MAX_CONTROL_PAYLOAD,
  MAX_HEADER_BYTES,
  OPCODE_BITS,
  RESERVED_BITS,
} from './frame-header.js';
import { ProtocolError } from './protocol-error.js';

const EMPTY = Buffer.alloc(0);

export interface FrameDecoderOptions {
  /** Whose frames these are: a client's are masked, a server's are not (§5.1). */
  readonly from: 'client' | 'server';
  /** The reserved bits that a negotiated extension uses, as they stand in the first byte of a frame. */
  readonly extensionBits: number;
}

/** What a header says, but for the masking. */
export interface FrameHeader {
  readonly fin: boolean;
  /** RSV1 to RSV3 as they stand in the first byte. */
  readonly reservedBits: number;
  readonly opcode: number;
  /** In bytes. */
  readonly payloadLength: number;
}

export class FrameDecoder implements FrameHeader {
  /** The frame whose header was read last. */
  fin: boolean;
  reservedBits: number;
  opcode: number;
  /** The declared payload length in bytes. */
  payloadLength: number;
  /** How much of the payload has not been handed out yet. */
  payloadRemaining: number;
  /** Whether the piece that `readPayload` gave last is all ASCII. */
  pieceIsAscii: boolean;

  private readonly expectMask: boolean;
  private readonly forbiddenBits: number;
  private maskingKey: number;
  private chunk: Buffer;
  private position: number;
  private end: number;
  // The beginning of a header whose end is in a later chunk. Allocated when first needed: most never are.
  private split: Buffer | undefined;
  private splitLength: number;

  constructor(options: FrameDecoderOptions) {
    this.fin = true;
    this.reservedBits = 0;
    this.opcode = 0;
    this.payloadLength = 0;
    this.payloadRemaining = 0;
    this.pieceIsAscii = true;
    this.expectMask = options.from === 'client';
    this.forbiddenBits = RESERVED_BITS & ~options.extensionBits;
    this.maskingKey = 0;
    this.chunk = EMPTY;
    this.position = 0;
    this.end = 0;
    this.split = undefined;
    this.splitLength = 0;
  }

  /** Whether nothing of a header has come whose end is still to come. */
  get isBetweenHeaders(): boolean {
    return this.splitLength === 0;
  }

  /** Takes the first `length` bytes of a chunk, behind what `keep` has kept of those before. */
  feed(chunk: Buffer, length = chunk.length): void {
    // What reading stopped before, and `keep` copied.
    const rest = this.end - this.position;
    this.chunk =
      rest === 0 ? chunk : Buffer.concat([this.chunk.subarray(this.position, this.end), chunk], rest + length);
    this.position = 0;
    this.end = rest + length;
  }

  /** Whether bytes of this chunk have not been read. */
  isReading(chunk: Buffer): boolean {
    return this.chunk === chunk && this.position < this.end;
  }

  /** Copies what has not been read, so that whoever fed the chunk may use it again. */
  keep(): void {
    if (this.position === this.end) {
      this.release();
      return;
    }
    this.chunk = Buffer.from(this.chunk.subarray(this.position, this.end));
    this.position = 0;
    this.end = this.chunk.length;
  }

  /** Lets go of the chunk, so that an idle connection does not keep it alive. */
  release(): void {
    this.chunk = EMPTY;
    this.position = 0;
    this.end = 0;
  }

  /** Reads the next header into the fields; false when more bytes are needed. */
  readHeader(): boolean {
    if (this.splitLength > 0) return this.readSplitHeader();
    const size = this.parseHeader(this.chunk, this.position, this.end);
    if (size === 0) {
      this.keepSplitHeader();
      return false;
    }
    this.position += size;
    return true;
  }

  /**
   * Hands out what has arrived of the current frame's payload, unmasked; empty when nothing has.
   * The payload is complete once `payloadRemaining` is 0.
   */
  readPayload(): Buffer {
    const start = this.position;
    const end = Math.min(start + this.payloadRemaining, this.end);
    this.position = end;
    this.payloadRemaining -= end - start;
    if (this.expectMask) {
      this.pieceIsAscii = applyMask(this.chunk, start, end, this.maskingKey);
      if (this.payloadRemaining > 0) this.maskingKey = rotateKey(this.maskingKey, end - start);
    } else {
      this.pieceIsAscii = isAscii(this.chunk, start, end);
    }
    if (this.chunk === simdMemory) return viewSimdMemory(start, end);
    return start === 0 && end === this.chunk.length ? this.chunk : this.chunk.subarray(start, end);
  }

  private keepSplitHeader(): void {
    if (this.position === this.end) return;
    this.split ??= Buffer.allocUnsafeSlow(MAX_HEADER_BYTES);
    this.splitLength = this.chunk.copy(this.split, 0, this.position, this.end);
    this.position = this.end;
  }

  private readSplitHeader(): boolean {
    const split = this.split!;
    const added = this.chunk.copy(split, this.splitLength, this.position, this.end);
    const size = this.parseHeader(split, 0, this.splitLength + added);
    if (size === 0) {
      this.splitLength += added;
      this.position += added;
      return false;
    }
    this.position += size - this.splitLength;
    this.splitLength = 0;
    return true;
  }

  /** Judges as much of a header as is there. @returns its size in bytes, or 0 when it is not complete */
  private parseHeader(bytes: Buffer, start: number, end: number): number {
    if (start >= end) return 0;
    const first = bytes[start]!;
    const opcode = first & OPCODE_BITS;
    const fin = first >= FIN;
    if ((first & this.forbiddenBits) !== 0) throw new ProtocolError('reserved-bits');
    if (isReservedOpcode(opcode)) throw new ProtocolError('reserved-opcode');
    if (!fin && isControl(opcode)) throw new ProtocolError('control-fragmented');
    if (start + 1 >= end) return 0;

    const second = bytes[start + 1]!;
    const masked = second >= MASKED;
    let length = second & LENGTH_BITS;
    if (masked !== this.expectMask) throw new ProtocolError(masked ? 'masked-frame' : 'unmasked-frame');
    if (length > MAX_CONTROL_PAYLOAD && isControl(opcode)) throw new ProtocolError('control-too-long');

    let offset = start + 2;
    if (length === LENGTH_16) {
      if (offset + 2 > end) return 0;
      length = (bytes[offset]! << 8) | bytes[offset + 1]!;
      if (length <= MAX_CONTROL_PAYLOAD) throw new ProtocolError('length-not-minimal');
      offset += 2;
    } else if (length === LENGTH_64) {
      if (offset < end && bytes[offset]! >= 0x80) throw new ProtocolError('length-top-bit');
      if (offset + 8 > end) return 0;
      // Above 2^53 the number is rounded, which no size limit minds.
      length = bytes.readUInt32BE(offset) * 0x1_0000_0000 + bytes.readUInt32BE(offset + 4);
      if (length <= MAX_16_BIT_LENGTH) throw new ProtocolError('length-not-minimal');
      offset += 8;
    }
    if (masked) {
      if (offset + 4 > end) return 0;
      // A method of Buffer would have to be looked up each time: V8 does not inline that.
      this.maskingKey =
        bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24);
      offset += 4;
    }
    this.fin = fin;
    this.reservedBits = first & RESERVED_BITS;
    this.opcode = opcode;
    this.payloadLength = length;
    this.payloadRemaining = length;
    return offset - start;
  }
}
