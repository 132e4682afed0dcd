// An iterable that fails elsewhere.

import { describe, expect, it } from '@jest/globals';
import { raising } from '../../../lib/gateway/dispatch/raising-iterable.js';

/** What was done with an iterator that brings one value and then fails. */
function failing(steps: string[]): AsyncIterable<number> {
  const results = [{ done: false, value: 1 }];
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const result = results.shift();
        if (result === undefined) throw new Error('failed');
        return result;
      },
      async return() {
        steps.push('returned');
        return { done: true, value: undefined };
      },
    }),
  };
}

describe('a raising iterable', () => {
  it('ends once somebody has dealt with its error, and is not returned then', async () => {
    const steps: string[] = [];
    const raise = async (error: unknown): Promise<void> => {
      await Promise.resolve();
      steps.push(`raised ${(error as Error).message}`);
    };
    const iterator = raising(failing(steps), raise)[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    await iterator.return?.();
    expect(steps).toEqual(['raised failed']);
  });

  it('returns what nobody wants to the end', async () => {
    const steps: string[] = [];
    for await (const value of raising(failing(steps), () => Promise.reject(new Error('not asked')))) {
      expect(value).toBe(1);
      break;
    }
    expect(steps).toEqual(['returned']);
  });

  it('keeps an error to itself that comes after it was returned', async () => {
    const steps: string[] = [];
    const iterator = raising(failing(steps), () => Promise.reject(new Error('not asked')))[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.return?.();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(steps).toEqual(['returned']);
  });

  it('takes iterators that cannot be returned', async () => {
    const source = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: 1 }) }) };
    const iterator = raising(source, () => Promise.reject(new Error('not asked')))[Symbol.asyncIterator]();
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
  });
});
