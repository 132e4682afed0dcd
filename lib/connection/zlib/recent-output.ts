// The newest bytes that an inflater put out, as far as a window reaches back: what the next DEFLATE stream may refer to when
// a final block has ended the one before. A copy, since whoever gets the output may change it.

import { Buffer } from 'node:buffer';

const WINDOW_BYTES = 32 * 1024;
/** With room for half a window more, what is kept moves once in so many bytes and not with each output. */
const MAX_HELD_BYTES = WINDOW_BYTES + WINDOW_BYTES / 2;
const EMPTY = Buffer.alloc(0);

export class RecentOutput {
  private held: Buffer;
  private length: number;

  constructor() {
    this.held = EMPTY;
    this.length = 0;
  }

  push(output: Buffer): void {
    const kept = output.length > WINDOW_BYTES ? output.subarray(-WINDOW_BYTES) : output;
    if (this.length + kept.length > this.held.length) this.makeRoom(kept.length);
    this.held.set(kept, this.length);
    this.length += kept.length;
  }

  /** At most 32 KiB, or undefined where nothing came out yet; good until the next `push`. */
  get window(): Buffer | undefined {
    if (this.length === 0) return undefined;
    return this.held.subarray(Math.max(0, this.length - WINDOW_BYTES), this.length);
  }

  clear(): void {
    this.held = EMPTY;
    this.length = 0;
  }

  private makeRoom(needed: number): void {
    const keptBytes = Math.min(this.length, WINDOW_BYTES - needed);
    const size = Math.min(MAX_HELD_BYTES, 2 * (keptBytes + needed));
    const target = size > this.held.length ? Buffer.allocUnsafeSlow(size) : this.held;
    this.held.copy(target, 0, this.length - keptBytes, this.length);
    this.held = target;
    this.length = keptBytes;
  }
}
