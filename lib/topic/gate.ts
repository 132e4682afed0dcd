// Lets so many through at a time; the others wait in line, as long as each has patience.

import { within } from './time-limit.js';

/** How long somebody waits in line. */
export interface Patience {
  readonly limitMs: number;
  late(): Error;
}

export class Gate {
  private free: number;
  private readonly line: Set<() => void>;

  constructor(places: number) {
    this.free = places;
    this.line = new Set();
  }

  /**
   * @param patience absent for whoever waits without end
   * @throws what `late` makes, when the patience is over before `action` has begun
   */
  async run<T>(action: () => Promise<T>, patience?: Patience): Promise<T> {
    if (this.free > 0) this.free--;
    else await this.wait(patience);
    try {
      return await action();
    } finally {
      this.leave();
    }
  }

  private wait(patience: Patience | undefined): Promise<void> {
    let enter!: () => void;
    const turn = new Promise<void>((resolve) => (enter = resolve));
    this.line.add(enter);
    if (patience === undefined) return turn;
    return within(turn, patience.limitMs, () => {
      // At once: nobody may be let in who has left.
      this.line.delete(enter);
      return patience.late();
    });
  }

  private leave(): void {
    for (const enter of this.line) {
      this.line.delete(enter);
      enter();
      return;
    }
    this.free++;
  }
}
