// What may be said about the drain.

import { describe, expect, it } from '@jest/globals';
import { resolveAdapterOptions } from '../../../lib/gateway/options/adapter-options.js';
import { refusal } from '../options/refusal.js';

describe('drain', () => {
  it('is laid over what holds already', () => {
    const drain = { timeoutMs: 5_000, spreadMs: 5_000, closeCode: 1012 };
    expect(resolveAdapterOptions({ drain }).drain).toEqual({ ...drain, retryAfterSeconds: 5 });
    expect(resolveAdapterOptions({ drain: { timeoutMs: 0, spreadMs: 60_000 } }).drain).toMatchObject({ timeoutMs: 0 });
  });

  it.each([
    [{ timeoutMs: -1 }, /option "drain.timeoutMs" must be an integer from 0 \(off\)/],
    [{ retryAfterSeconds: 1.5 }, /option "drain.retryAfterSeconds" must be an integer/],
    [{ closeCode: 1000 }, /option "drain.closeCode" must be 1001 or 1012, not 1000/],
    [{ spreadMs: 10_001 }, /option "drain.spreadMs" must be at most drain.timeoutMs, which is 10000, not 10001/],
    [{ code: 1001 }, /option "drain" must be an object with any of timeoutMs, spreadMs, closeCode, retryAfterSeconds/],
  ])('%j cannot be meant', (drain, message) => {
    expect(refusal({ drain })).toMatch(message);
  });
});
