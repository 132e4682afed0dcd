// A log of failures that may come by the thousand: of each kind the first of a while is written, with how many came since the last.

import { logUnhandled } from '../log-unhandled.js';

const QUIET_MS = 1_000;

interface Kind {
  quietUntil: number;
  unwritten: number;
}

export class FailureLog {
  /** By what failed; names that come from outside do not belong there. */
  private readonly kinds: Map<string, Kind>;

  constructor() {
    this.kinds = new Map();
  }

  add(what: string, error: unknown): void {
    const now = performance.now();
    const kind = this.kinds.get(what) ?? { quietUntil: 0, unwritten: 0 };
    this.kinds.set(what, kind);
    if (now < kind.quietUntil) {
      kind.unwritten++;
      return;
    }
    const more = kind.unwritten === 0 ? '' : ` (and ${kind.unwritten} more before it)`;
    kind.quietUntil = now + QUIET_MS;
    kind.unwritten = 0;
    logUnhandled(`${what}${more}`, error);
  }
}
