// Values of an Observable that wait for a client that is behind: at most so many, and a rule for the one that is too many.
// It knows nothing of clients and streams.

/**
 * What happens to a value for which there is no room: the one that waits longest makes room (`drop-oldest`; `latest` is that
 * with room for one), it is itself dropped (`drop-newest`), or it is too much (`error`, `close`).
 */
export type OverflowStrategy = 'latest' | 'drop-oldest' | 'drop-newest' | 'error' | 'close';

export class OverflowBuffer {
  /** Values that were dropped to this moment. */
  dropped: number;
  private readonly strategy: OverflowStrategy;
  private readonly capacity: number;
  // A ring that grows to its capacity as it is filled.
  private ring: unknown[];
  private start: number;
  private count: number;

  /** @param capacity at least 1 */
  constructor(strategy: OverflowStrategy, capacity: number) {
    this.dropped = 0;
    this.strategy = strategy;
    this.capacity = capacity;
    this.ring = [];
    this.start = 0;
    this.count = 0;
  }

  get length(): number {
    return this.count;
  }

  /** @returns false where the strategy is `error` or `close` and there is no room: the value was not taken */
  push(value: unknown): boolean {
    if (this.count === this.capacity) {
      if (this.strategy === 'error' || this.strategy === 'close') return false;
      this.dropped++;
      if (this.strategy === 'drop-newest') return true;
      this.shift();
    }
    this.ring[(this.start + this.count) % this.capacity] = value;
    this.count++;
    return true;
  }

  /** Nobody wants what waits. */
  clear(): void {
    this.ring = [];
    this.start = 0;
    this.count = 0;
  }

  /** The value that waits longest; there must be one. */
  shift(): unknown {
    const value = this.ring[this.start];
    this.ring[this.start] = undefined;
    this.start = (this.start + 1) % this.capacity;
    this.count--;
    return value;
  }
}
