// What waits to be written while a socket takes no more: pieces in, fewer pieces out. What is held is in proportion to its
// bytes, also for a million pieces of one: small pieces, and those that would keep a much larger block alive, are copied
// one behind the other into blocks that grow; large ones, which many sockets may share, are kept as they are.

import { Buffer } from 'node:buffer';

const KEEP_WHOLE_FROM = 4096;
const FIRST_BLOCK_BYTES = 64;
const MAX_BLOCK_BYTES = 64 * 1024;
const EMPTY = Buffer.alloc(0);

export class Backlog {
  /** Bytes held so far. */
  length: number;
  private pieces: Buffer[];
  /** What is copied goes here, and what was not handed on yet lies between `start` and `end`. */
  private block: Buffer;
  private start: number;
  private end: number;

  constructor() {
    this.length = 0;
    this.pieces = [];
    this.block = EMPTY;
    this.start = 0;
    this.end = 0;
  }

  append(piece: Buffer): void {
    this.length += piece.length;
    if (piece.length >= KEEP_WHOLE_FROM && piece.buffer.byteLength <= 2 * piece.length) {
      this.closePiece();
      this.pieces.push(piece);
      return;
    }
    if (this.end + piece.length > this.block.length) this.openBlock(piece.length);
    this.block.set(piece, this.end);
    this.end += piece.length;
  }

  /** Hands over everything, in order, and begins anew. */
  take(): Buffer[] {
    this.closePiece();
    const { pieces } = this;
    this.pieces = [];
    this.block = EMPTY;
    this.end = 0;
    this.start = 0;
    this.length = 0;
    return pieces;
  }

  /** Twice as long as the one that is full, so that little lies idle and there are few. */
  private openBlock(needed: number): void {
    this.closePiece();
    const size = Math.min(MAX_BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, this.block.length * 2));
    this.block = Buffer.allocUnsafeSlow(Math.max(needed, size));
    this.start = 0;
    this.end = 0;
  }

  private closePiece(): void {
    if (this.end === this.start) return;
    this.pieces.push(this.block.subarray(this.start, this.end));
    this.start = this.end;
  }
}
