// A log of failures that may come by the thousand: the first of a while is written, with how many came since the last one.

import { logUnhandled } from '../log-unhandled.js';

const QUIET_MS = 1_000;

export class FailureLog {
  private readonly what: string;
  private quietUntil: number;
  private unwritten: number;

  constructor(what: string) {
    this.what = what;
    this.quietUntil = 0;
    this.unwritten = 0;
  }

  add(error: unknown): void {
    const now = performance.now();
    if (now < this.quietUntil) {
      this.unwritten++;
      return;
    }
    const more = this.unwritten === 0 ? '' : ` (and ${this.unwritten} more before it)`;
    this.quietUntil = now + QUIET_MS;
    this.unwritten = 0;
    logUnhandled(`${this.what}${more}`, error);
  }
}
