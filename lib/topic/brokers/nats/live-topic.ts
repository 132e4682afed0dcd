// What this node knows of a topic that it hears live: from which offset on it has heard everything. The server says with each message
// which one was before it, but not where that one is too old to be kept; and a topic that was heard without a break needs not be
// looked up for whoever comes back to it.

import type { History } from '../../broker.js';
import type { Position } from '../../position.js';

export class LiveTopic {
  private epoch: string | undefined;
  /** Of the last message that was heard, or where listening began. */
  private last: number;
  /** Every message after this offset was heard, or read; Infinity where some may have been missed. */
  private unbrokenFrom: number;
  private breaks: number;

  constructor() {
    this.epoch = undefined;
    this.last = 0;
    this.unbrokenFrom = Infinity;
    this.breaks = 0;
  }

  /** Messages may have been missed. */
  break(): void {
    this.unbrokenFrom = Infinity;
    this.breaks++;
  }

  /** Listening began before the topic stood at `position`. */
  begin({ epoch, offset }: Position): void {
    if (this.epoch !== undefined && this.epoch !== epoch) return;
    this.epoch = epoch;
    this.last = Math.max(this.last, offset);
    this.unbrokenFrom = offset;
  }

  /**
   * A message was heard.
   * @param before the message before it that is kept, by its offset; 0 for none
   * @returns the offset of the message before it; where that may have been let go, one that nobody has
   */
  hear({ epoch, offset }: Position, before: number): number {
    if (epoch !== this.epoch) {
      this.epoch = epoch;
      this.last = offset;
      this.unbrokenFrom = Infinity;
      return before || offset - 1;
    }
    if (offset <= this.last) return before;
    if (before > this.last) this.unbrokenFrom = Infinity;
    const previous = this.unbrokenFrom <= this.last ? this.last : before || offset - 1;
    this.last = offset;
    return previous;
  }

  /** Whether nothing came after a position, as far as can be known without asking. */
  isUpTo({ epoch, offset }: Position): boolean {
    return epoch === this.epoch && this.unbrokenFrom <= offset && this.last <= offset;
  }

  /** Reads history, and learns from it what was missed. */
  async readBy(read: () => Promise<History>, since: Position): Promise<History> {
    const { breaks } = this;
    const history = await read();
    if (breaks === this.breaks) this.learn(since, history);
    return history;
  }

  private learn(since: Position, { entries, isComplete, position }: History): void {
    if (since.epoch === this.epoch && since.offset === this.last) {
      if (position.epoch !== this.epoch) this.unbrokenFrom = Infinity;
      this.epoch = position.epoch;
      this.last = position.offset;
    } else if (position.epoch !== this.epoch) {
      return;
    } else if (entries.length > 0) {
      this.last = Math.max(this.last, position.offset);
    }
    this.unbrokenFrom = Math.min(this.unbrokenFrom, isComplete ? since.offset : position.offset);
  }
}
