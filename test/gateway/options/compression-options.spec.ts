// What may be said about compression.

import { describe, expect, it } from '@jest/globals';
import { resolveAdapterOptions } from '../../../lib/gateway/options/adapter-options.js';
import { DEFAULT_COMPRESSION } from '../../../lib/gateway/options/compression-options.js';
import { resolvePathOptions } from '../../../lib/gateway/options/path-options.js';
import { refusal } from './refusal.js';

describe('compression', () => {
  it('is off, on, or on with options', () => {
    expect(resolveAdapterOptions({ compression: false }).compression).toBeUndefined();
    expect(resolveAdapterOptions({ compression: true }).compression).toEqual(DEFAULT_COMPRESSION);
    const given = { takeover: true, thresholdBytes: 0, level: 9, memoryLevel: 1, windowBits: 9, maxJobs: 1 };
    expect(resolveAdapterOptions({ compression: given }).compression).toEqual(given);
    expect(resolveAdapterOptions({ compression: { level: undefined } as object }).compression).toEqual(
      DEFAULT_COMPRESSION,
    );
  });

  it('of a path goes before that of the adapter', () => {
    const base = resolveAdapterOptions({ compression: true });
    expect(resolvePathOptions({ compression: false }, base).compression).toBeUndefined();
    expect(resolvePathOptions({}, base).compression).toEqual(DEFAULT_COMPRESSION);
  });

  it.each([
    [{ compression: 'on' }, 'compression'],
    [{ compression: null }, 'compression'],
    [{ compression: { lvl: 1 } }, 'compression'],
    [{ compression: { takeover: 1 } }, 'compression.takeover'],
    [{ compression: { level: 10 } }, 'compression.level'],
    [{ compression: { level: -2 } }, 'compression.level'],
    [{ compression: { memoryLevel: 0 } }, 'compression.memoryLevel'],
    [{ compression: { windowBits: 8 } }, 'compression.windowBits'],
    [{ compression: { thresholdBytes: -1 } }, 'compression.thresholdBytes'],
    [{ compression: { maxJobs: 1.5 } }, 'compression.maxJobs'],
  ])('%p is refused', (options, name) => {
    expect(refusal(options)).toMatch(`nestwire: option "${name}" must be `);
  });
});
