// The payload of a message that comes in several pieces: pieces in, one buffer out. Each piece is copied once, behind the
// others, since its bytes are not ours for longer than the call. What is held is in proportion to what has arrived, not to
// what was announced, also for a million pieces of one byte.

import { Buffer } from 'node:buffer';

const FIRST_BYTES = 64;
/** Where the payload is known to become that long; of memory that nobody has touched, the system gives none. */
const KNOWN_GROWTH = 16;
/** Where the end is not known, for little and for much. */
const BLIND_GROWTH = 2;
const BLIND_GROWTH_OF_MUCH = 1.25;
const MUCH_BYTES = 64 * 1024;
const EMPTY = Buffer.alloc(0);

export class GatheredPayload {
  /** Bytes held so far. */
  length: number;
  private bytes: Buffer;

  constructor() {
    this.length = 0;
    this.bytes = EMPTY;
  }

  /** @param announcedBytes how long the whole will be at least, as far as the peer has said */
  append(piece: Uint8Array, announcedBytes: number): void {
    const needed = this.length + piece.length;
    if (needed > this.bytes.length) this.grow(needed, announcedBytes);
    this.bytes.set(piece, this.length);
    this.length = needed;
  }

  /** Hands over everything and begins anew. */
  take(): Buffer {
    const payload = this.length === this.bytes.length ? this.bytes : this.bytes.subarray(0, this.length);
    this.bytes = EMPTY;
    this.length = 0;
    return payload;
  }

  private grow(needed: number, announcedBytes: number): void {
    const growth = needed < MUCH_BYTES ? BLIND_GROWTH : BLIND_GROWTH_OF_MUCH;
    const blind = Math.max(needed, FIRST_BYTES, Math.ceil(this.bytes.length * growth));
    const size = announcedBytes > needed ? Math.min(announcedBytes, needed * KNOWN_GROWTH) : blind;
    const grown = Buffer.allocUnsafeSlow(size);
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}
