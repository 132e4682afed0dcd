// What one topic keeps for those who come back, and how it numbers its messages.

import type { History, HistoryOptions, TopicEntry } from '../broker.js';
import type { Position } from '../position.js';
import type { TopicMessage } from '../topic-message.js';

export interface MemoryHistoryOptions extends HistoryOptions {
  /** How much text, in UTF-16 units. @default 1048576 */
  readonly maxLength: number;
}

interface Kept {
  readonly entry: TopicEntry;
  readonly length: number;
  /** By `performance.now()`. */
  readonly at: number;
}

export class MemoryHistory {
  private readonly epoch: string;
  private readonly options: MemoryHistoryOptions;
  private offset: number;
  private kept: Kept[];
  /** Where what is kept begins in `kept`: what lies before is let go by and by. */
  private first: number;
  private length: number;
  /** By `performance.now()`: when somebody was last there, or published. */
  private usedAt: number;

  constructor(epoch: string, options: MemoryHistoryOptions) {
    this.epoch = epoch;
    this.options = options;
    this.offset = 0;
    this.kept = [];
    this.first = 0;
    this.length = 0;
    this.usedAt = performance.now();
  }

  get position(): Position {
    return { epoch: this.epoch, offset: this.offset };
  }

  /** Messages that are kept. */
  get size(): number {
    return this.kept.length - this.first;
  }

  /** Whether it is so long ago that somebody was there that nobody comes back. */
  get isOver(): boolean {
    this.trim();
    return this.size === 0 && this.usedAt <= performance.now() - this.options.maxAgeMs;
  }

  /** Somebody is there, or was until now. */
  use(): void {
    this.usedAt = performance.now();
  }

  append(message: TopicMessage): TopicEntry {
    const previous = this.offset++;
    const entry: TopicEntry = { message, position: this.position, previous };
    const { length } = message.body;
    this.kept.push({ entry, length, at: performance.now() });
    this.length += length;
    this.trim();
    return entry;
  }

  since({ epoch, offset }: Position): History {
    this.trim();
    const { position } = this;
    const missing = position.offset - offset;
    const isComplete = epoch === this.epoch && missing >= 0 && missing <= this.size;
    const entries = isComplete && missing > 0 ? this.kept.slice(-missing).map(({ entry }) => entry) : [];
    return { entries, isComplete, position };
  }

  /** Forgets what is too old, or too much. */
  private trim(): void {
    const { maxMessages, maxAgeMs, maxLength } = this.options;
    const oldest = performance.now() - maxAgeMs;
    for (; this.size > 0; this.first++) {
      const { at, length } = this.kept[this.first]!;
      if (this.size <= maxMessages && this.length <= maxLength && at > oldest) break;
      this.length -= length;
    }
    if (this.first < this.kept.length / 2) return;
    this.kept = this.kept.slice(this.first);
    this.first = 0;
  }
}
