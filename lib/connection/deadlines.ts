// Many waits on few timers. A server waits for something of every connection at any time, and nearly all of it comes before
// the time is over: what is due in more than a second is a line in a list, looked at once a second, and gets a timer of its
// own, exact to the millisecond, only when its last second has begun.

/** Who waits: at most once at a time. */
export interface Waiting {
  /** The time is over. */
  timeIsUp(): void;
}

const LOOK_EVERY_MS = 1000;

export class Deadlines {
  /** What is due behind the next look, and when, in whole milliseconds of `performance.now()`. */
  private readonly far: Map<Waiting, number>;
  /** What is due before. */
  private readonly near: Map<Waiting, NodeJS.Timeout>;
  private nextLook: NodeJS.Timeout | undefined;

  constructor() {
    this.far = new Map();
    this.near = new Map();
    this.nextLook = undefined;
  }

  /** Begins to wait. Nobody is kept from exiting by it. */
  set(waiting: Waiting, ms: number): void {
    if (ms <= LOOK_EVERY_MS) {
      this.near.set(waiting, setTimeout(this.end, ms, waiting).unref());
      return;
    }
    this.far.set(waiting, Math.ceil(performance.now() + ms));
    this.nextLook ??= setTimeout(this.look, LOOK_EVERY_MS).unref();
  }

  clear(waiting: Waiting): void {
    if (this.far.delete(waiting)) {
      if (this.far.size === 0) this.stopLooking();
      return;
    }
    const timer = this.near.get(waiting);
    if (timer === undefined) return;
    clearTimeout(timer);
    this.near.delete(waiting);
  }

  private readonly end = (waiting: Waiting): void => {
    this.near.delete(waiting);
    waiting.timeIsUp();
  };

  private readonly look = (): void => {
    const now = performance.now();
    for (const [waiting, dueAt] of this.far) {
      const left = dueAt - now;
      if (left > LOOK_EVERY_MS) continue;
      this.far.delete(waiting);
      this.set(waiting, left);
    }
    if (this.far.size === 0) this.stopLooking();
    else this.nextLook = setTimeout(this.look, LOOK_EVERY_MS).unref();
  };

  private stopLooking(): void {
    clearTimeout(this.nextLook);
    this.nextLook = undefined;
  }
}

/** Those of this process. */
export const deadlines = new Deadlines();
