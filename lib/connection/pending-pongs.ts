// Which pings are answered while pongs have to wait: so many, and beyond them only the newest (RFC 6455 §5.5.3), so that a
// peer that pings and does not read fills no memory.

import { Buffer } from 'node:buffer';

/** How many pings beyond the pongs that may wait make a flood, as a multiple of those. */
const FLOOD_FACTOR = 64;

export class PendingPongs {
  private readonly max: number;
  private waiting: number;
  private skipped: number;
  private newest: Buffer | undefined;

  /** @param max how many may wait; 0 for no limit */
  constructor(max: number) {
    this.max = max || Number.MAX_SAFE_INTEGER;
    this.waiting = 0;
    this.skipped = 0;
    this.newest = undefined;
  }

  /** Whether so many pings were skipped that the peer means no good. */
  get isFlooded(): boolean {
    return this.skipped > this.max * FLOOD_FACTOR;
  }

  /** @returns whether the pong may wait with the others; the newest of those that may not is kept */
  admit(payload: Uint8Array): boolean {
    if (this.waiting < this.max) {
      this.waiting++;
      return true;
    }
    this.newest = Buffer.from(payload);
    this.skipped++;
    return false;
  }

  /** Nothing waits any more. @returns the newest ping's payload, where it was not answered yet */
  settle(): Buffer | undefined {
    const { newest } = this;
    this.waiting = 0;
    this.skipped = 0;
    this.newest = undefined;
    return newest;
  }

  /** Nobody is owed a pong any more. */
  forgetNewest(): void {
    this.newest = undefined;
  }
}
