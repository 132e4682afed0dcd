// Numbers in options: which are taken, and how others are refused.

import { describe, expect, it } from '@jest/globals';
import { DEFAULT_HEARTBEAT, resolveAdapterOptions } from '../../../lib/gateway/options/adapter-options.js';
import { DEFAULT_LIMITS } from '../../../lib/gateway/options/limits.js';
import { refusal } from './refusal.js';

describe('numbers', () => {
  const names = [
    ...Object.keys(DEFAULT_LIMITS).map((name) => ['limits', name] as const),
    ...Object.keys(DEFAULT_HEARTBEAT).map((name) => ['heartbeat', name] as const),
  ];

  it.each(names)('%s.%s may be set, 0 for off included', (group, name) => {
    for (const value of [0, 1, 12_345]) {
      const resolved = resolveAdapterOptions({ [group]: { [name]: value } });
      expect(resolved[group]).toEqual({ ...resolveAdapterOptions()[group], [name]: value });
    }
  });

  it.each(names)('%s.%s must be a whole number, not negative', (group, name) => {
    for (const value of [-1, 1.5, Number.NaN, Infinity, '10', null, true, 10n, {}, [1], () => 1]) {
      const message = refusal({ [group]: { [name]: value } });
      expect(message).toMatch(`nestwire: option "${group}.${name}" must be an integer from 0 (off) to `);
    }
  });

  it('a time must be one that a timer keeps', () => {
    const longest = 2 ** 31 - 1;
    expect(resolveAdapterOptions({ limits: { closeTimeoutMs: longest } }).limits.closeTimeoutMs).toBe(longest);
    expect(refusal({ limits: { closeTimeoutMs: longest + 1 } })).toBe(
      'nestwire: option "limits.closeTimeoutMs" must be an integer from 0 (off) to 2147483647, not 2147483648',
    );
    expect(resolveAdapterOptions({ limits: { maxMessageBytes: longest + 1 } }).limits.maxMessageBytes).toBe(2 ** 31);
  });

  it('a value that JSON cannot say is named all the same', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(refusal({ limits: { maxStreams: 10n } })).toMatch(/not 10n$/);
    expect(refusal({ limits: { maxStreams: Number.NaN } })).toMatch(/not NaN$/);
    expect(refusal({ limits: { maxStreams: circular } })).toMatch(/not <ref \*1> \{ self: \[Circular \*1\] \}$/);
    expect(refusal({ messageParser: 'JSON.parse' })).toMatch(/not 'JSON.parse'$/);
    expect(refusal({ compatibility: Symbol('x') })).toMatch(/not Symbol\(x\)$/);
  });
});
