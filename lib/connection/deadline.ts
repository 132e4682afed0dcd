// Many waits on few timers. A server waits for something of every connection at any time, and nearly all of it comes before
// the time is over: what is due in more than a second stands in a list, looked at once a second, and gets a timer of its
// own, exact to the millisecond, only when its last second has begun.

import { type Linked, LinkedList } from './linked-list.js';

const LOOK_EVERY_MS = 1000;

/** One wait, for one time at a time. It keeps no process from exiting. */
export abstract class Deadline implements Linked<Deadline> {
  /** @internal */
  previous: Deadline | undefined;
  /** @internal */
  next: Deadline | undefined;
  /** @internal In whole milliseconds of `performance.now()`, which are stored without a box of their own. */
  dueAt: number;
  private timer: NodeJS.Timeout | undefined;

  constructor() {
    this.previous = undefined;
    this.next = undefined;
    this.dueAt = 0;
    this.timer = undefined;
  }

  /** The time is over. */
  abstract timeIsUp(): void;

  /** Begins to wait, for this time and no other. */
  set(ms: number): void {
    this.clear();
    if (ms <= LOOK_EVERY_MS) {
      this.timer = setTimeout(end, ms, this).unref();
      return;
    }
    this.dueAt = Math.ceil(performance.now() + ms);
    far.add(this);
    nextLook ??= setTimeout(look, LOOK_EVERY_MS).unref();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (far.delete(this) && far.first === undefined) stopLooking();
  }
}

/** What is due behind the next look. */
const far = new LinkedList<Deadline>();
let nextLook: NodeJS.Timeout | undefined;

function look(): void {
  const now = performance.now();
  for (let deadline = far.first; deadline !== undefined;) {
    const { next, dueAt } = deadline;
    if (dueAt - now <= LOOK_EVERY_MS) {
      far.delete(deadline);
      deadline.set(dueAt - now);
    }
    deadline = next;
  }
  if (far.first === undefined) stopLooking();
  else nextLook = setTimeout(look, LOOK_EVERY_MS).unref();
}

function stopLooking(): void {
  clearTimeout(nextLook);
  nextLook = undefined;
}

function end(deadline: Deadline): void {
  deadline.clear();
  deadline.timeIsUp();
}
