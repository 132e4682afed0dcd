// Where a message stands in its topic. Offsets grow by the order of a topic's messages; they mean something within one epoch,
// which is over when the numbering had to begin anew: the broker was restarted, failed over, or lost what it had.

export interface Position {
  readonly epoch: string;
  /** An integer from 0 (nothing published yet); larger for every later message, not always by one. */
  readonly offset: number;
}

/** Whether `one` is `other` or comes before it, as far as that can be known: false for another epoch. */
export function isUpTo(one: Position, other: Position): boolean {
  return one.epoch === other.epoch && one.offset <= other.offset;
}
