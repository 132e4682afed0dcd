// Where a message stands in its topic. Offsets grow by the order of a topic's messages; they mean something within one epoch,
// which is over when the numbering had to begin anew: the broker was restarted, failed over, or lost what it had.

export interface Position {
  readonly epoch: string;
  /** An integer from 0 (nothing published yet); larger for every later message, not always by one. */
  readonly offset: number;
}
