// The patterns under which Nest hands the handlers of raw messages to the adapter. They are objects, so that no event
// name that a client could send equals them.

export type RawMessageKind = 'text' | 'binary';

export class RawMessagePattern {
  readonly kind: RawMessageKind;

  constructor(kind: RawMessageKind) {
    this.kind = kind;
    Object.freeze(this);
  }

  /** How Nest's log names it. */
  toString(): string {
    return `(${this.kind} messages)`;
  }

  toJSON(): string {
    return this.toString();
  }
}

export const TEXT_MESSAGES = new RawMessagePattern('text');
export const BINARY_MESSAGES = new RawMessagePattern('binary');
