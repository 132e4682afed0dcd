import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { within } from '../../lib/topic/time-limit.js';
import { deferred } from './model/deferred.js';

const late = (): Error => new Error('late');

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('within', () => {
  it('brings what the promise brings, in time', async () => {
    const { promise, resolve } = deferred<string>();
    const limited = within(promise, 100, late);
    jest.advanceTimersByTime(99);
    resolve('in time');
    expect(await limited).toBe('in time');
  });

  it('fails as the promise fails', async () => {
    await expect(within(Promise.reject(new Error('of its own')), 100, late)).rejects.toThrow('of its own');
  });

  it('fails when it takes too long, whatever the promise does then', async () => {
    const { promise, reject } = deferred<string>();
    const limited = within(promise, 100, late);
    jest.advanceTimersByTime(100);
    await expect(limited).rejects.toThrow('late');
    reject(new Error('nobody hears this'));
    await expect(promise).rejects.toThrow();
  });
});
