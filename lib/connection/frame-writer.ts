// Frames in, the bytes of a turn out: header and small payload go side by side into shared memory, large payloads go out by
// reference, frames that others have encoded as they are. It knows neither limits nor when the bytes leave.

import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import {
  FIN,
  headerSize,
  MASKING_KEY_BYTES,
  OPCODE_BITS,
  payloadStart,
  RSV1,
  writeHeader,
  writeMaskedHeader,
} from '../frame/frame-header.js';
import { applyMask } from '../frame/mask.js';
import { Opcode } from '../frame/opcode.js';
import { frameChannel, publishFrame } from './diagnostics.js';
import { beginRun, type FrameRun } from './frame-run.js';
import { nextMaskingKey } from './masking-keys.js';
import { OutputSegment } from './output-slab.js';

/** Payloads up to this size are copied beside their header; larger ones go out by reference. */
export const COPY_UP_TO = 16 * 1024;
/** Pieces of one turn up to this size together are joined into one buffer, which beats `writev`. */
export const JOIN_UP_TO = 64 * 1024;

const NOTHING: readonly Buffer[] = [];

export class FrameWriter {
  /** Whether these frames are a client's, which are masked (§5.1). */
  readonly isMasking: boolean;
  private readonly socket: Duplex;
  private readonly segment: OutputSegment;
  private pieces: Buffer[];
  /** There while nothing but frames that others have encoded was added behind the pieces. */
  private run: FrameRun | undefined;

  /** @param socket named to whoever watches the frames, and not touched */
  constructor(socket: Duplex, role: 'client' | 'server') {
    this.isMasking = role === 'client';
    this.socket = socket;
    this.segment = new OutputSegment();
    this.pieces = [];
    this.run = undefined;
  }

  /** @returns how many bytes the frame has */
  writeFrame(firstByte: number, payload: Uint8Array): number {
    if (frameChannel.hasSubscribers) this.show(firstByte, payload);
    const { length } = payload;
    const header = this.headerSize(length);
    const isCopied = length <= COPY_UP_TO;
    this.reserve(isCopied ? header + length : header);
    const { target, writeOffset } = this.segment;
    const key = this.writeHeader(firstByte, length);
    if (isCopied) {
      const start = writeOffset + header;
      target.set(payload, start);
      if (this.isMasking) applyMask(target, start, start + length, key);
      this.segment.advance(header + length);
    } else {
      this.segment.advance(header);
      this.pieces.push(this.segment.take(), this.isMasking ? maskedCopy(payload, key) : asBuffer(payload));
    }
    return header + length;
  }

  /**
   * Writes a text whose bytes have been counted.
   * @param size at most {@link COPY_UP_TO}
   * @returns how many bytes the frame has
   */
  writeText(text: string, size: number): number {
    if (frameChannel.hasSubscribers) this.show(FIN | Opcode.TEXT, Buffer.from(text));
    const header = this.headerSize(size);
    this.reserve(header + size);
    const { target, writeOffset } = this.segment;
    const start = writeOffset + header;
    const key = this.writeHeader(FIN | Opcode.TEXT, size);
    target.write(text, start, 'utf8');
    if (this.isMasking) applyMask(target, start, start + size, key);
    this.segment.advance(header + size);
    return header + size;
  }

  /**
   * Writes a text whose bytes have not been counted, unmasked, behind the header that it would have in ASCII, which it almost
   * always is.
   * @param atMost how many bytes it may have, well below the size of the shared block
   * @returns how many bytes the frame has
   */
  writeUncountedText(text: string, atMost: number): number {
    if (frameChannel.hasSubscribers) this.show(FIN | Opcode.TEXT, Buffer.from(text));
    this.reserve(headerSize(atMost) + atMost);
    const { target, writeOffset } = this.segment;
    const expected = writeOffset + headerSize(text.length);
    const size = target.write(text, expected, 'utf8');
    const header = headerSize(size);
    if (writeOffset + header !== expected) target.copyWithin(writeOffset + header, expected, expected + size);
    writeHeader(target, writeOffset, FIN | Opcode.TEXT, size);
    this.segment.advance(header + size);
    return header + size;
  }

  /** Adds an unmasked frame as others have encoded it. */
  addEncoded(frame: Buffer): void {
    if (frameChannel.hasSubscribers) this.show(frame[0]!, Buffer.from(frame.subarray(payloadStart(frame))));
    const { run } = this;
    if (run !== undefined && run.length + frame.length <= JOIN_UP_TO) {
      this.run = run.followedBy(frame);
      return;
    }
    this.closeOpen();
    if (frame.length <= JOIN_UP_TO) this.run = beginRun(frame);
    else this.pieces.push(frame);
  }

  /** Hands over what was written, in order, and begins anew. */
  take(): readonly Buffer[] {
    const last = this.takeOpen();
    const { pieces } = this;
    if (pieces.length === 0) return last === undefined ? NOTHING : [last];
    this.pieces = [];
    if (last !== undefined) pieces.push(last);
    return pieces;
  }

  /** Says that nobody will read any more what was taken, of what lies in shared memory. */
  giveBack(): void {
    this.segment.giveBack();
  }

  private headerSize(payloadLength: number): number {
    return this.isMasking ? headerSize(payloadLength) + MASKING_KEY_BYTES : headerSize(payloadLength);
  }

  /** Writes a header where the segment ends. @returns the key that masks the payload */
  private writeHeader(firstByte: number, payloadLength: number): number {
    const { target, writeOffset } = this.segment;
    if (!this.isMasking) {
      writeHeader(target, writeOffset, firstByte, payloadLength);
      return 0;
    }
    const key = nextMaskingKey();
    writeMaskedHeader(target, writeOffset, firstByte, payloadLength, key);
    return key;
  }

  private reserve(size: number): void {
    if (this.segment.canGrow(size)) return;
    this.closeOpen();
    this.segment.open(size);
  }

  /** Ends the piece that could still grow. */
  private closeOpen(): void {
    const piece = this.takeOpen();
    if (piece !== undefined) this.pieces.push(piece);
  }

  /** There is a run or a segment, or neither. */
  private takeOpen(): Buffer | undefined {
    const { run } = this;
    if (run === undefined) return this.segment.length > 0 ? this.segment.take() : undefined;
    this.run = undefined;
    return run.joined();
  }

  /** A subscriber may send in turn: to be called before anything of this frame is written. */
  private show(firstByte: number, payload: Uint8Array): void {
    publishFrame({
      socket: this.socket,
      direction: 'out',
      fin: (firstByte & FIN) !== 0,
      rsv1: (firstByte & RSV1) !== 0,
      opcode: firstByte & OPCODE_BITS,
      masked: this.isMasking,
      payloadLength: payload.length,
      payload: asBuffer(payload),
    });
  }
}

/** A view of it for each connection would add up in a broadcast to many that read slowly. */
function asBuffer(payload: Uint8Array): Buffer {
  return Buffer.isBuffer(payload) ? payload : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}

function maskedCopy(payload: Uint8Array, key: number): Buffer {
  const copy = Buffer.from(payload);
  applyMask(copy, 0, copy.length, key);
  return copy;
}
