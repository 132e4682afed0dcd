// The calls of one client's ordered handlers, one at a time: the next begins when the answer of the one before has ended.

import type { HandlerCall } from './handler-call.js';

export class OrderedCalls {
  private readonly waiting: HandlerCall[];
  private running: HandlerCall | undefined;
  private isStarting: boolean;

  constructor() {
    this.waiting = [];
    this.running = undefined;
    this.isStarting = false;
  }

  /** Starts a call, now or in its turn. */
  add(call: HandlerCall): void {
    this.waiting.push(call);
    if (this.running === undefined) this.startNext();
  }

  /** To be called when a call is over; others than the one that runs are none of ours. */
  ended(call: HandlerCall): void {
    if (call !== this.running) return;
    this.running = undefined;
    this.startNext();
  }

  private startNext(): void {
    // A call may be over before `start` returns: the loop that started it goes on then.
    if (this.isStarting) return;
    this.isStarting = true;
    while (this.running === undefined) {
      const call = this.waiting.shift();
      if (call === undefined) break;
      this.running = call;
      call.start();
    }
    this.isStarting = false;
  }
}
