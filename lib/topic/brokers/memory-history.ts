// What one topic keeps for those who come back, and how it numbers its messages.

import type { History, HistoryOptions, TopicEntry } from '../broker.js';
import type { Position } from '../position.js';
import { lengthOf, type TopicMessage } from '../topic-message.js';

export interface MemoryHistoryOptions extends HistoryOptions {
  /** How much text, in UTF-16 units. @default 1048576 */
  readonly maxLength: number;
  /**
   * How much text of all topics together, in UTF-16 units; a message counts with its topic's name, and 128 besides.
   * @default 67108864
   */
  readonly maxTotalLength: number;
}

/** What a message costs besides its text. */
const BASE_LENGTH = 128;

/** What all topics of a broker keep together. */
export interface KeptTotal {
  /** In UTF-16 units. */
  length: number;
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
  private readonly total: KeptTotal;
  /** What each message costs besides its text. */
  private readonly baseLength: number;
  private offset: number;
  private kept: Kept[];
  /** Where what is kept begins in `kept`: what lies before is let go by and by. */
  private first: number;
  private length: number;
  /** By `performance.now()`: when somebody was last there, or published. */
  private usedAt: number;

  constructor(topic: string, epoch: string, options: MemoryHistoryOptions, total: KeptTotal) {
    this.epoch = epoch;
    this.options = options;
    this.total = total;
    this.baseLength = BASE_LENGTH + topic.length;
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

  /** Whether nothing is kept. */
  get isEmpty(): boolean {
    this.trim();
    return this.size === 0;
  }

  /** Whether it is so long ago that somebody was there that nobody comes back. */
  get isOver(): boolean {
    return this.isEmpty && this.usedAt <= performance.now() - this.options.maxAgeMs;
  }

  /** Somebody is there, or was until now. */
  use(): void {
    this.usedAt = performance.now();
  }

  append(message: TopicMessage): TopicEntry {
    const previous = this.offset++;
    const entry: TopicEntry = { message, position: this.position, previous };
    const length = lengthOf(message);
    this.kept.push({ entry, length, at: performance.now() });
    this.length += length;
    this.total.length += length + this.baseLength;
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

  /** Forgets all messages; their numbers are not given again. */
  clear(): void {
    this.total.length -= this.length + this.size * this.baseLength;
    this.kept = [];
    this.first = 0;
    this.length = 0;
  }

  /** Forgets what is too old, or too much. */
  private trim(): void {
    const { maxMessages, maxAgeMs, maxLength } = this.options;
    const oldest = performance.now() - maxAgeMs;
    for (; this.size > 0; this.first++) {
      const { at, length } = this.kept[this.first]!;
      if (this.size <= maxMessages && this.length <= maxLength && at > oldest) break;
      this.length -= length;
      this.total.length -= length + this.baseLength;
    }
    if (this.first < this.kept.length / 2) return;
    this.kept = this.kept.slice(this.first);
    this.first = 0;
  }
}
