// What waits to be written while a socket takes no more: pieces in, one buffer out. What is held is in proportion to its
// bytes, also for a million pieces of one: small pieces, and those that would keep a much larger block alive, are copied
// together into a growing buffer; large ones, which many sockets may share, are kept as they are and copied once, at the end.

import { Buffer } from 'node:buffer';

const KEEP_WHOLE_FROM = 4096;
const FIRST_GATHER_BYTES = 64;
const MAX_GATHER_BYTES = 64 * 1024;
const EMPTY = Buffer.alloc(0);

export class Backlog {
  /** Bytes held so far. */
  length: number;
  private parts: Buffer[];
  private gather: Buffer;
  private gathered: number;

  constructor() {
    this.length = 0;
    this.parts = [];
    this.gather = EMPTY;
    this.gathered = 0;
  }

  append(piece: Buffer): void {
    this.length += piece.length;
    if (piece.length >= KEEP_WHOLE_FROM && piece.buffer.byteLength <= 2 * piece.length) {
      this.closeGather();
      this.parts.push(piece);
      return;
    }
    if (this.gathered + piece.length > MAX_GATHER_BYTES) this.closeGather();
    this.growGather(this.gathered + piece.length);
    this.gather.set(piece, this.gathered);
    this.gathered += piece.length;
  }

  /** Hands over everything and begins anew. */
  take(): Buffer {
    this.closeGather();
    const payload = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts, this.length);
    this.parts = [];
    this.length = 0;
    return payload;
  }

  private growGather(needed: number): void {
    if (needed <= this.gather.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, FIRST_GATHER_BYTES, this.gather.length * 2));
    this.gather.copy(grown, 0, 0, this.gathered);
    this.gather = grown;
  }

  private closeGather(): void {
    if (this.gathered === 0) return;
    this.parts.push(this.gather.subarray(0, this.gathered));
    this.gather = EMPTY;
    this.gathered = 0;
  }
}
