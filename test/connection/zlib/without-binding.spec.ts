// A Node whose zlib streams have no `writeSync` below them: everything goes over the public stream, on another thread.

import { beforeAll, describe, expect, it } from '@jest/globals';
import { createInflateRaw } from 'node:zlib';
import { describePayloadTransforms, inflateAll, type Transforms } from '../../extension/payload-transform.contract.js';
import { hex } from '../../support/bytes.js';

/** What all zlib handles of this process inherit `writeSync` from. */
function handlePrototype(): Record<string, unknown> {
  let prototype = (createInflateRaw() as unknown as { _handle: object })._handle;
  while (!Object.hasOwn(prototype, 'writeSync')) prototype = Object.getPrototypeOf(prototype) as object;
  return prototype as Record<string, unknown>;
}

let transforms: Transforms | undefined;
let canRunNow: boolean | undefined;

beforeAll(async () => {
  const prototype = handlePrototype();
  const { writeSync } = prototype;
  delete prototype['writeSync'];
  try {
    const { ZlibContext } = await import('../../../lib/connection/zlib/zlib-context.js');
    const { MessageInflater } = await import('../../../lib/connection/zlib/message-inflater.js');
    const { MessageDeflater } = await import('../../../lib/connection/zlib/message-deflater.js');
    ({ canRunNow } = ZlibContext);
    transforms = {
      inflater: (noContextTakeover) => new MessageInflater({ noContextTakeover }),
      deflater: (noContextTakeover, windowBits = 15) =>
        new MessageDeflater({ noContextTakeover, windowBits, level: -1, memoryLevel: 8 }),
    };
  } finally {
    // The peers of the specs use it.
    prototype['writeSync'] = writeSync;
  }
});

it('is noticed when the module is loaded', () => {
  expect(canRunNow).toBe(false);
});

describe('over the public stream alone', () => {
  describePayloadTransforms({
    inflater: (noContextTakeover) => transforms!.inflater(noContextTakeover),
    deflater: (noContextTakeover, windowBits) => transforms!.deflater(noContextTakeover, windowBits),
  });

  it('data that is cut short harms its own connection only', async () => {
    const one = transforms!.inflater(true);
    expect((await inflateAll(one, [hex('f2 48 cd c9 c9')])).toString()).toContain('Hell');
    expect((await inflateAll(one, [hex('f2 48 cd c9 c9 07 00')])).toString()).toBe('Hello');
    one.close();
  });
});
