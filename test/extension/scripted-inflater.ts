// An inflater for the layers that know zlib only as an interface: bytes come out as they went in, each `*` as ten stars and
// a `!` as a violation, at once or when the test says so.

import { Buffer } from 'node:buffer';
import type { PayloadInflater } from '../../lib/extension/payload-transform.js';
import { ProtocolError } from '../../lib/frame/protocol-error.js';

export class ScriptedInflater implements PayloadInflater {
  /** What it was given: the bytes as latin1, with a `.` behind the last of a message. */
  readonly given: string[] = [];
  closed = 0;
  private answer: (() => void) | undefined;

  constructor(private readonly isLate: boolean) {}

  inflate(
    piece: Buffer,
    isLast: boolean,
    maxBytes: number,
    done: (result: Buffer | ProtocolError) => void,
  ): Buffer | undefined {
    if (this.answer !== undefined) throw new Error('given more before its answer came');
    const text = piece.toString('latin1');
    this.given.push(isLast ? `${text}.` : text);
    const output = Buffer.from(text.replaceAll('*', '*'.repeat(10)), 'latin1');
    const violation = text.includes('!')
      ? 'compressed-data-invalid'
      : output.length > maxBytes
        ? 'message-too-big'
        : undefined;
    const result = violation === undefined ? output : new ProtocolError(violation);
    if (!this.isLate) {
      if (result instanceof ProtocolError) throw result;
      return result;
    }
    this.answer = () => done(result);
    return undefined;
  }

  /** Whether an answer is due. */
  get isAtWork(): boolean {
    return this.answer !== undefined;
  }

  /** The answer comes. */
  finish(): void {
    const { answer } = this;
    this.answer = undefined;
    answer!();
  }

  close(): void {
    this.closed++;
    this.answer = undefined;
  }
}
