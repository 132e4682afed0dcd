// Nodes whose zlib handles have a `writeSync` that is not the one we know: it is tried out, and left alone.

import { Buffer } from 'node:buffer';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createInflateRaw, DeflateRaw } from 'node:zlib';

type WriteSync = (flush: number, input: Uint8Array, at: number, size: number, output: Uint8Array) => void;
type Handle = Record<string, unknown>;

/** What all zlib handles of this process inherit `writeSync` from. */
let prototype = (createInflateRaw() as unknown as { _handle: Handle })._handle;
while (!Object.hasOwn(prototype, 'writeSync')) prototype = Object.getPrototypeOf(prototype) as Handle;
const known = prototype['writeSync'] as WriteSync;

afterEach(() => {
  prototype['writeSync'] = known;
});

/** Loads the module anew where handles write like this. */
async function canRunNow(writeSync: WriteSync): Promise<boolean> {
  let canRun: boolean | undefined;
  prototype['writeSync'] = writeSync;
  await jest.isolateModulesAsync(async () => {
    const { ZlibContext } = await import('../../../lib/connection/zlib/zlib-context.js');
    ({ canRunNow: canRun } = ZlibContext);
  });
  return canRun!;
}

describe('the way at once', () => {
  it('is taken where it works', async () => {
    expect(await canRunNow(known)).toBe(true);
  });

  it.each<[string, WriteSync]>([
    ['does nothing', () => undefined],
    [
      'throws',
      () => {
        throw new TypeError('not like this');
      },
    ],
    [
      'changes what it inflates',
      function (this: unknown, flush, input, at, size, output) {
        Reflect.apply(known, this, [flush, input, at, size, output, 0, 64 * 1024]);
        if (size < 26) output[0] = 0;
      },
    ],
    [
      'makes data longer',
      function (this: unknown, flush, _input, _at, _size, output) {
        const noise = Buffer.from(Array.from({ length: 60 }, (_, i) => (i * 151 + ((i * i) >> 2)) & 0xff));
        Reflect.apply(known, this, [flush, noise, 0, noise.length, output, 0, 64 * 1024]);
      },
    ],
  ])('is not taken where writeSync %s', async (_, writeSync) => {
    expect(await canRunNow(writeSync)).toBe(false);
  });

  it('is not taken where streams have no handle', async () => {
    const streams = DeflateRaw.prototype as unknown as Handle;
    Object.defineProperty(streams, '_handle', { configurable: true, get: () => undefined, set: () => {} });
    try {
      expect(await canRunNow(known)).toBe(false);
    } finally {
      delete streams['_handle'];
    }
  });
});
