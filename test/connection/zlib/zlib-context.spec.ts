import { Buffer } from 'node:buffer';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ZlibContext,
  ZlibDataError,
  type ZlibResult,
  ZlibSizeError,
} from '../../../lib/connection/zlib/zlib-context.js';
import { ZlibPool } from '../../../lib/connection/zlib/zlib-pool.js';
import { DeflatePeer } from '../../extension/deflate-peer.js';
import { noise } from '../../extension/payload-transform.contract.js';
import { within } from '../../support/bounded-wait.js';
import { hex } from '../../support/bytes.js';
import { settled } from '../../support/scripted-duplex.js';

const MAX = 1024 * 1024;
const contexts: ZlibContext[] = [];

function kept(context: ZlibContext): ZlibContext {
  contexts.push(context);
  return context;
}

afterEach(() => {
  for (const context of contexts.splice(0)) context.close();
});

const later = (context: ZlibContext, input: Uint8Array, max = MAX) =>
  within(new Promise<ZlibResult | Error>((resolve) => context.runLater(input, max, resolve)), 'a zlib job');

const now = (context: ZlibContext, input: Uint8Array, max = MAX) => context.runNow(input, max);

describe.each([
  [
    'at once',
    (context: ZlibContext, input: Uint8Array, max?: number) => Promise.resolve().then(() => now(context, input, max)),
  ],
  [
    'on another thread',
    async (context: ZlibContext, input: Uint8Array, max?: number) => {
      const result = await later(context, input, max);
      if (result instanceof Error) throw result;
      return result;
    },
  ],
])('%s', (_, run) => {
  it('the window is kept from one push to the next', async () => {
    const inflate = kept(ZlibContext.forInflate({}));
    expect((await run(inflate, hex('f2 48 cd c9 c9 07 00 00 00 ff ff'))).output.toString()).toBe('Hello');
    expect((await run(inflate, hex('f2 00 11 00 00 00 00 ff ff'))).output.toString()).toBe('Hello');
  });

  it('a push ends on a byte, with an empty block', async () => {
    const deflate = kept(ZlibContext.forDeflate({}));
    const { output, unread } = await run(deflate, Buffer.from('Hello'));
    expect(output.toString('hex')).toBe('f248cdc9c907000000ffff');
    expect(unread).toBe(0);
    expect((await run(deflate, Buffer.from('Hello'))).output.toString('hex')).toBe('f2001100000000ffff');
  });

  it('says what is left over behind a final block', async () => {
    const inflate = kept(ZlibContext.forInflate({}));
    const { output, unread } = await run(inflate, hex('f3 48 cd c9 c9 07 00 aa bb cc'));
    expect([output.toString(), unread]).toEqual(['Hello', 3]);
  });

  it('begins with the dictionary it is given, again after a reset', async () => {
    const inflate = kept(ZlibContext.forInflate({}, Buffer.from('Hello')));
    for (let i = 0; i < 2; i++) {
      expect((await run(inflate, hex('f2 00 11 00 00 00 00 ff ff'))).output.toString()).toBe('Hello');
      inflate.reset();
    }
  });

  it.each([0, 1, 65_535, 65_536, 65_537, 131_072, 300_000])('%i bytes of output are whole', async (size) => {
    const payload = noise(size);
    for (const bytes of [payload, Buffer.alloc(size)]) {
      const inflate = kept(ZlibContext.forInflate({}));
      const { output } = await run(inflate, new DeflatePeer().compress(bytes), size);
      expect(output.equals(bytes)).toBe(true);
      if (size === 0) continue;
      const other = kept(ZlibContext.forInflate({}));
      await expect(run(other, new DeflatePeer().compress(bytes), size - 1)).rejects.toBeInstanceOf(ZlibSizeError);
    }
  });

  it('wrong data is an error of its own', async () => {
    const inflate = kept(ZlibContext.forInflate({}));
    await expect(run(inflate, hex('06 00'))).rejects.toBeInstanceOf(ZlibDataError);
  });
});

describe('both ways in turn', () => {
  it('share one window', async () => {
    const deflate = kept(ZlibContext.forDeflate({}));
    const inflate = kept(ZlibContext.forInflate({}));
    const text = noise(20_000);
    for (let i = 0; i < 6; i++) {
      const squeezed = i % 2 === 0 ? now(deflate, text) : ((await later(deflate, text)) as ZlibResult);
      if (i > 0) expect(squeezed.output.length).toBeLessThan(1000);
      const back =
        i % 3 === 0 ? ((await later(inflate, squeezed.output)) as ZlibResult) : now(inflate, squeezed.output);
      expect(back.output.equals(text)).toBe(true);
    }
  });
});

describe('the end of a message', () => {
  it('is complete behind an empty block and behind a final one', () => {
    for (const bytes of ['f2 48 cd c9 c9 07 00', 'f3 48 cd c9 c9 07 00', '00']) {
      const inflate = kept(ZlibContext.forInflate({}));
      now(inflate, hex(bytes));
      expect(() => inflate.endMessageNow()).not.toThrow();
    }
  });

  it('leaves the window as it was', () => {
    const inflate = kept(ZlibContext.forInflate({}));
    for (const bytes of ['f2 48 cd c9 c9 07 00', 'f2 00 11 00 00', 'f2 00 11 00 00']) {
      expect(now(inflate, hex(bytes)).output.toString()).toBe('Hello');
      inflate.endMessageNow();
    }
  });

  it.each(['f2 48 cd c9', 'f2 48 cd c9 c9 07', '00 00', '00 05 00 fa ff 48', '04'])(
    'is not complete behind %s',
    (bytes) => {
      const inflate = kept(ZlibContext.forInflate({}));
      now(inflate, hex(bytes));
      expect(() => inflate.endMessageNow()).toThrow(ZlibDataError);
    },
  );
});

describe('close', () => {
  it('twice is once', () => {
    const context = ZlibContext.forInflate({});
    context.close();
    expect(() => context.close()).not.toThrow();
  });

  it('in the middle of a job ends it with an error, once', async () => {
    for (const input of [noise(200_000), Buffer.alloc(5_000_000)]) {
      const context = ZlibContext.forDeflate({});
      const results: unknown[] = [];
      context.runLater(input, Number.MAX_SAFE_INTEGER, (result) => results.push(result));
      context.close();
      await settled();
      expect(results).toEqual([expect.any(ZlibDataError)]);
    }
  });

  it('also of a job that fails', async () => {
    const context = ZlibContext.forInflate({});
    const results: unknown[] = [];
    context.runLater(Buffer.concat([new DeflatePeer().compress(noise(100_000)), hex('06')]), MAX, (result) =>
      results.push(result),
    );
    context.close();
    await settled();
    expect(results).toEqual([expect.any(ZlibDataError)]);
  });

  it('an error that comes between two jobs is nobody’s', async () => {
    const context = ZlibContext.forInflate({});
    (context as unknown as { stream: NodeJS.EventEmitter }).stream.emit('error', new Error('late'));
    context.close();
    await settled();
  });
});

describe('ZlibPool', () => {
  it('lends what was given back, without its window', () => {
    const pool = new ZlibPool(() => kept(ZlibContext.forInflate({})));
    const context = pool.take();
    expect(pool.take()).not.toBe(context);
    now(context, hex('f2 48 cd c9 c9 07 00'));
    pool.giveBack(context);
    expect(pool.take()).toBe(context);
    expect(() => now(context, hex('f2 00 11 00 00'))).toThrow(ZlibDataError);
  });

  it('keeps four idle ones and closes the rest', () => {
    let made = 0;
    const pool = new ZlibPool(() => {
      made++;
      return kept(ZlibContext.forInflate({}));
    });
    const taken = Array.from({ length: 10 }, () => pool.take());
    for (const context of taken) pool.giveBack(context);
    for (let i = 0; i < 10; i++) pool.take();
    expect(made).toBe(16);
    expect(() => taken[9]!.reset()).toThrow('closed');
  });
});
