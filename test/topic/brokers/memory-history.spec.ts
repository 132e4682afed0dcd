import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import type { TopicEntry } from '../../../lib/topic/broker.js';
import { type KeptTotal, MemoryHistory, type MemoryHistoryOptions } from '../../../lib/topic/brokers/memory-history.js';

const OPTIONS: MemoryHistoryOptions = { maxMessages: 5, maxAgeMs: 1_000, maxLength: 100, maxTotalLength: 10_000 };
const TOPIC = 'room';
const BASE_LENGTH = 128 + TOPIC.length;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function filled(count: number, body = 'x', options: Partial<MemoryHistoryOptions> = {}): MemoryHistory {
  return filledOf({ length: 0 }, count, body, options);
}

function filledOf(total: KeptTotal, count: number, body = 'x', options: Partial<MemoryHistoryOptions> = {}) {
  const history = new MemoryHistory(TOPIC, 'e', { ...OPTIONS, ...options }, total);
  for (let i = 0; i < count; i++) history.append({ body });
  return history;
}

/** The offsets of what came after one; undefined where that is not known. */
function since(history: MemoryHistory, offset: number, epoch = 'e'): number[] | undefined {
  const { entries, isComplete, position } = history.since({ epoch, offset });
  expect(position).toEqual(history.position);
  if (!isComplete) expect(entries).toEqual([]);
  return isComplete ? entries.map(({ position }) => position!.offset) : undefined;
}

describe('MemoryHistory', () => {
  it('numbers messages from 1, each upon the one before', () => {
    const history = filled(0);
    expect(history.position).toEqual({ epoch: 'e', offset: 0 });
    const message = { body: 'a' };
    expect(history.append(message)).toEqual({ message, position: { epoch: 'e', offset: 1 }, previous: 0 });
    expect(history.append(message)).toEqual({ message, position: { epoch: 'e', offset: 2 }, previous: 1 });
    expect(history.position).toEqual({ epoch: 'e', offset: 2 });
  });

  it('says what came after each position that it remembers', () => {
    const history = filled(7);
    expect(since(history, 7)).toEqual([]);
    expect(since(history, 6)).toEqual([7]);
    expect(since(history, 2)).toEqual([3, 4, 5, 6, 7]);
    expect(since(history, 1)).toBeUndefined();
    expect(since(history, 0)).toBeUndefined();
    expect(since(history, 8)).toBeUndefined();
    expect(since(history, 7, 'f')).toBeUndefined();
    expect(since(filled(0), 0)).toEqual([]);
  });

  it('keeps no more text than it may, and nothing where one message is too much', () => {
    const history = filled(4, 'x'.repeat(40));
    expect(history.size).toBe(2);
    expect(since(history, 2)).toEqual([3, 4]);
    expect(since(history, 1)).toBeUndefined();
    history.append({ body: 'x'.repeat(101) });
    expect(history.size).toBe(0);
    expect(since(history, 4)).toBeUndefined();
    expect(since(history, 5)).toEqual([]);
  });

  it('forgets what is too old', () => {
    const history = filled(2);
    jest.advanceTimersByTime(600);
    history.append({ body: 'x' });
    jest.advanceTimersByTime(399);
    expect(since(history, 0)).toEqual([1, 2, 3]);
    jest.advanceTimersByTime(1);
    expect(since(history, 0)).toBeUndefined();
    expect(since(history, 2)).toEqual([3]);
    jest.advanceTimersByTime(600);
    expect(since(history, 2)).toBeUndefined();
    expect(since(history, 3)).toEqual([]);
  });

  it('is over when nothing is kept and nobody was there for as long as that', () => {
    const history = filled(1);
    jest.advanceTimersByTime(500);
    history.use();
    jest.advanceTimersByTime(999);
    expect(history.isOver).toBe(false);
    jest.advanceTimersByTime(1);
    expect(history.isOver).toBe(true);
    history.append({ body: 'x' });
    history.use();
    expect(history.isOver).toBe(false);
  });

  it('forgets everything at once, and goes on with its numbers', () => {
    const history = filled(3);
    history.clear();
    expect([history.size, since(history, 3), since(history, 2)]).toEqual([0, [], undefined]);
    history.append({ body: 'x' });
    expect(since(history, 3)).toEqual([4]);
  });

  it('counts what all keep together', () => {
    const total: KeptTotal = { length: 0 };
    const [one, other] = [filledOf(total, 7, 'x'.repeat(10)), filledOf(total, 2, 'y')];
    expect(total.length).toBe(5 * (10 + BASE_LENGTH) + 2 * (1 + BASE_LENGTH));
    one.clear();
    expect(total.length).toBe(2 * (1 + BASE_LENGTH));
    jest.advanceTimersByTime(1_000);
    expect(other.isOver).toBe(true);
    expect(total.length).toBe(0);
  });

  it('counts whom a message is not for as text of it', () => {
    const total: KeptTotal = { length: 0 };
    filledOf(total, 0).append({ body: 'x', except: ['id-a', 'id-bc'] });
    expect(total.length).toBe(1 + 4 + 5 + BASE_LENGTH);
  });

  it('says what a list of everything would say', () => {
    const step = fc.record({ length: fc.nat(60), waitMs: fc.constantFrom(0, 0, 0, 200, 700) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const total: KeptTotal = { length: 0 };
        const history = filledOf(total, 0);
        const all: { entry: TopicEntry; at: number }[] = [];
        for (const { length, waitMs } of steps) {
          all.push({ entry: history.append({ body: 'x'.repeat(length) }), at: performance.now() });
          jest.advanceTimersByTime(waitMs);
          let kept = all.slice(-OPTIONS.maxMessages).filter(({ at }) => at > performance.now() - OPTIONS.maxAgeMs);
          while (textOf(kept) > OPTIONS.maxLength) kept = kept.slice(1);
          for (let offset = 0; offset <= all.length; offset++) {
            const expected = all.slice(offset);
            const isKept = expected.length <= kept.length;
            expect(since(history, offset)).toEqual(isKept ? offsetsOf(expected) : undefined);
          }
          expect(total.length).toBe(textOf(kept) + kept.length * BASE_LENGTH);
        }
      }),
    );
  });
});

function textOf(kept: readonly { entry: TopicEntry }[]): number {
  return kept.reduce((sum, { entry }) => sum + entry.message!.body.length, 0);
}

function offsetsOf(some: readonly { entry: TopicEntry }[]): number[] {
  return some.map(({ entry }) => entry.position!.offset);
}
