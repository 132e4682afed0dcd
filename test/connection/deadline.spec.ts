import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deadline } from '../../lib/connection/deadline.js';

const begun: NotingDeadline[] = [];
let begin = 0;

class NotingDeadline extends Deadline {
  readonly log: number[] = [];

  override timeIsUp(): void {
    this.log.push(Math.round(performance.now() - begin));
  }
}

function inMs(ms: number): NotingDeadline {
  const deadline = new NotingDeadline();
  begun.push(deadline);
  deadline.set(ms);
  return deadline;
}

beforeEach(() => {
  jest.useFakeTimers();
  begin = performance.now();
});
afterEach(() => {
  for (const deadline of begun.splice(0)) deadline.clear();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('Deadline', () => {
  it.each([1, 999, 1000, 1001, 1999, 2000, 2001, 25_000])('comes once, after %i ms', (ms) => {
    const deadline = inMs(ms);
    jest.advanceTimersByTime(ms - 1);
    expect(deadline.log).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(deadline.log).toEqual([ms]);
    jest.advanceTimersByTime(100_000);
    expect(deadline.log).toEqual([ms]);
  });

  it('comes at its own time, whenever others began', () => {
    const others = [inMs(60_000), inMs(1500)];
    jest.advanceTimersByTime(700);
    const late = inMs(3000);
    jest.advanceTimersByTime(60_000);
    expect([...others, late].map(({ log }) => log)).toEqual([[60_000], [1500], [3700]]);
  });

  it.each([500, 5000])('does not come when it was cleared (%i ms)', (ms) => {
    const deadline = inMs(ms);
    jest.advanceTimersByTime(ms - 1);
    deadline.clear();
    jest.advanceTimersByTime(100_000);
    expect(deadline.log).toEqual([]);
  });

  it('can be set again', () => {
    const deadline = inMs(5000);
    deadline.clear();
    deadline.set(2000);
    jest.advanceTimersByTime(2000);
    deadline.set(500);
    jest.advanceTimersByTime(10_000);
    expect(deadline.log).toEqual([2000, 2500]);
  });

  it('needs one timer for however many that are far away', () => {
    for (let i = 0; i < 1000; i++) inMs(2000 + i);
    expect(jest.getTimerCount()).toBe(1);
  });

  it.each([
    [5000, 3000],
    [3000, 5000],
    [500, 5000],
    [5000, 500],
  ])('set to %i ms and then to %i ms comes once, as it was set last', (first, last) => {
    const deadline = inMs(first);
    deadline.set(last);
    jest.advanceTimersByTime(100_000);
    expect(deadline.log).toEqual([last]);
  });
});
