// The end of a turn, after its microtasks, when what was produced in it leaves: answers that resolve together leave together. One tick
// does for all who have something to send; one for each would be a good part of what a broadcast costs.

import { AsyncResource } from 'node:async_hooks';
import { forgetRuns } from './frame-run.js';

/** Whoever has something to do at the end of this turn. */
export interface Due {
  flushIfDue(): void;
}

/** Nobody's context: that of whoever sent first would be seen by what all others are told then. */
const context = new AsyncResource('nestwire.turn-end');

let due: Due[] = [];

export function flushAtTurnEnd(one: Due): void {
  if (due.push(one) === 1) process.nextTick(endTurn);
}

function endTurn(): void {
  context.runInAsyncScope(flushAll);
}

function flushAll(): void {
  const list = due;
  due = [];
  let done = 0;
  try {
    while (done < list.length) list[done++]!.flushIfDue();
  } finally {
    // One threw: the others are not to wait for it.
    for (; done < list.length; done++) flushAtTurnEnd(list[done]!);
    forgetRuns();
  }
}
