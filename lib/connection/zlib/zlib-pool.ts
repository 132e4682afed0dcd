// Contexts that are lent for the time of one message, where windows are not kept from one message to the next: a few serve
// all connections. What is given back is reset; more than a few idle ones are freed.

import type { ZlibContext } from './zlib-context.js';

const MAX_IDLE = 4;

export class ZlibPool {
  /** Makes one that its user keeps. */
  readonly make: () => ZlibContext;
  private readonly idle: ZlibContext[];

  constructor(make: () => ZlibContext) {
    this.make = make;
    this.idle = [];
  }

  take(): ZlibContext {
    return this.idle.pop() ?? this.make();
  }

  /** @param context one that no error was seen from and no job runs in */
  giveBack(context: ZlibContext): void {
    if (this.idle.length >= MAX_IDLE) {
      context.close();
      return;
    }
    context.reset();
    this.idle.push(context);
  }
}
