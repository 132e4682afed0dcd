// Options of a path over those of the adapter.

import { describe, expect, it } from '@jest/globals';
import { resolveAdapterOptions } from '../../../lib/gateway/options/adapter-options.js';
import { resolvePathOptions } from '../../../lib/gateway/options/path-options.js';
import { refusal } from './refusal.js';

describe('subprotocols', () => {
  it('are tokens', () => {
    expect(resolveAdapterOptions({ subprotocols: ['v1.chat', 'v2'] }).subprotocols).toEqual(['v1.chat', 'v2']);
    for (const subprotocols of ['v1', ['a b'], [''], ['a,b'], [5], ['é'], ['a\r\nX: y']]) {
      expect(refusal({ subprotocols })).toMatch('option "subprotocols" must be a list of tokens');
    }
  });
});

describe('the options of a path', () => {
  it('lie over those of the adapter, value by value', () => {
    const base = resolveAdapterOptions({
      limits: { maxMessageBytes: 10, maxFragments: 20 },
      heartbeat: { intervalMs: 1000 },
      origins: 'any',
      subprotocols: ['a'],
    });
    const resolved = resolvePathOptions({ limits: { maxFragments: 30 }, origins: 'same-origin' }, base);
    expect(resolved.limits).toEqual({ ...base.limits, maxFragments: 30 });
    expect(resolved.heartbeat).toEqual({ intervalMs: 1000, timeoutMs: 20_000 });
    expect(resolved.origins).toBe('same-origin');
    expect(resolved.subprotocols).toEqual(['a']);
    expect(base.limits.maxFragments).toBe(20);
  });
});
