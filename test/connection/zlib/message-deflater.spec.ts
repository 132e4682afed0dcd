// What the contract of all deflaters leaves open: exact bytes, levels, what is held and for how long.

import { Buffer } from 'node:buffer';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type DeflateOptions, MessageDeflater } from '../../../lib/connection/zlib/message-deflater.js';
import { ZlibContext, ZlibDataError } from '../../../lib/connection/zlib/zlib-context.js';
import { zlibJobs } from '../../../lib/connection/zlib/zlib-jobs.js';
import { InflatePeer } from '../../extension/deflate-peer.js';
import { deflate, noise } from '../../extension/payload-transform.contract.js';
import { hex } from '../../support/bytes.js';
import { countContexts } from './live-contexts.js';

const deflaters: MessageDeflater[] = [];

function messageDeflater(options: Partial<DeflateOptions> = {}): MessageDeflater {
  const all = { noContextTakeover: true, windowBits: 15, level: -1, memoryLevel: 8, ...options };
  const deflater = new MessageDeflater(all);
  deflaters.push(deflater);
  return deflater;
}

afterEach(() => {
  jest.restoreAllMocks();
  zlibJobs.limitTo(4);
  for (const deflater of deflaters.splice(0)) deflater.close();
});

const never = (): void => {
  throw new Error('an answer where none was due');
};

describe('§7.2.3 in bytes', () => {
  it('Hello, and Hello again with the window of the first', () => {
    const deflater = messageDeflater({ noContextTakeover: false });
    expect(deflater.deflate(Buffer.from('Hello'), never)).toEqual(hex('f2 48 cd c9 c9 07 00'));
    expect(deflater.deflate(Buffer.from('Hello'), never)).toEqual(hex('f2 00 11 00 00'));
  });

  it('Hello, and Hello again without', () => {
    const deflater = messageDeflater();
    for (let i = 0; i < 3; i++)
      expect(deflater.deflate(Buffer.from('Hello'), never)).toEqual(hex('f2 48 cd c9 c9 07 00'));
  });

  it('§7.2.3.6 nothing, as one byte', () => {
    const contexts = countContexts();
    expect(messageDeflater().deflate(Buffer.alloc(0), never)).toEqual(hex('00'));
    expect(contexts.made).toBe(0);
  });
});

describe('options', () => {
  it.each([-1, 0, 1, 6, 9])('level %i', async (level) => {
    for (const size of [100, 20_000, 200_000]) {
      const payload = Buffer.alloc(size, noise(70));
      const compressed = await deflate(messageDeflater({ level }), payload);
      expect(new InflatePeer().decompress(compressed).equals(payload)).toBe(true);
      if (level === 0) expect(compressed.length).toBeGreaterThan(size);
      else expect(compressed.length).toBeLessThan(size);
    }
  });

  it.each([
    [true, 2],
    [false, 4],
  ])('no level, noContextTakeover %s: as level %i', (noContextTakeover, level) => {
    const payload = Buffer.from(Array.from({ length: 300 }, (_, i) => `${i * 7919} of ${i % 17}`).join(' '));
    const compressed = (chosen: number): Buffer =>
      messageDeflater({ noContextTakeover, level: chosen }).deflate(payload, never)!;
    const [own, ...others] = [-1, 2, 4, 6].map(compressed);
    expect(own!.equals(compressed(level))).toBe(true);
    // Otherwise nothing would be told apart.
    expect(new Set(others.map((bytes) => bytes.toString('hex'))).size).toBe(3);
  });

  it.each([1, 9])('memory level %i', async (memoryLevel) => {
    const payload = noise(100_000);
    const compressed = await deflate(messageDeflater({ memoryLevel }), payload);
    expect(new InflatePeer().decompress(compressed).equals(payload)).toBe(true);
  });

  it('deflaters of different options never share a context', () => {
    const payload = Buffer.alloc(5000, noise(1000));
    const sizes = [15, 9, 15, 9].map((windowBits) => messageDeflater({ windowBits }).deflate(payload, never)!.length);
    expect(sizes[0]).toBe(sizes[2]);
    expect(sizes[1]).toBe(sizes[3]);
    expect(sizes[0]).toBeLessThan(sizes[1]!);
  });
});

describe('texts that are known', () => {
  const known = { payloadBytes: 5, compressed: hex('f2 48 cd c9 c9 07 00') };

  it('are known to deflaters of the same options only, and the last one alone', () => {
    messageDeflater().remember('Hello', known);
    expect(messageDeflater().recall('Hello')).toBe(known);
    expect(messageDeflater().recall('hello')).toBeUndefined();
    for (const other of [{ windowBits: 9 }, { level: 6 }, { memoryLevel: 7 }, { noContextTakeover: false }])
      expect(messageDeflater(other).recall('Hello')).toBeUndefined();
    messageDeflater().remember('another', { payloadBytes: 7, compressed: hex('00') });
    expect(messageDeflater().recall('Hello')).toBeUndefined();
  });

  it('not where windows are kept: their bytes mean something else to the next', () => {
    const deflater = messageDeflater({ noContextTakeover: false });
    deflater.remember('Hello', known);
    expect(deflater.recall('Hello')).toBeUndefined();
    expect(messageDeflater({ level: 4 }).recall('Hello')).toBeUndefined();
  });
});

describe('contexts', () => {
  it('a hundred connections without takeover share one', () => {
    const contexts = countContexts();
    for (let i = 0; i < 100; i++) messageDeflater().deflate(Buffer.from('Hello'), never);
    expect(contexts.made).toBeLessThanOrEqual(1);
  });

  it('with large messages no more than run at a time', async () => {
    zlibJobs.limitTo(3);
    const contexts = countContexts();
    await Promise.all(Array.from({ length: 30 }, () => deflate(messageDeflater({ windowBits: 14 }), noise(40_000))));
    expect(contexts.made).toBe(3);
  });

  it('with takeover each has its own, from its first message to its end', async () => {
    const contexts = countContexts();
    const all = Array.from({ length: 20 }, () => messageDeflater({ noContextTakeover: false }));
    expect(contexts.made).toBe(0);
    for (const deflater of all) {
      await deflate(deflater, noise(30));
      await deflate(deflater, noise(30_000));
    }
    expect(contexts.live).toBe(20);
    for (const deflater of all) deflater.close();
    expect(contexts.live).toBe(0);
  });
});

describe('a connection that ends in the middle', () => {
  it.each([true, false])(
    'of a job (no takeover: %p): no answer, no context, and room for the next',
    async (noContextTakeover) => {
      zlibJobs.limitTo(1);
      const contexts = countContexts();
      const done = jest.fn();
      for (let i = 0; i < 5; i++) {
        const deflater = messageDeflater({ noContextTakeover, windowBits: 13 });
        expect(deflater.deflate(noise(200_000), done)).toBeUndefined();
        if (i > 2) await Promise.resolve();
        deflater.close();
        deflater.close();
      }
      await deflate(messageDeflater({ windowBits: 13 }), noise(20_000));
      expect(done).not.toHaveBeenCalled();
      expect(contexts.live).toBeLessThanOrEqual(1);
    },
  );

  it('of the wait for a job: it is passed over', async () => {
    zlibJobs.limitTo(1);
    const first = deflate(messageDeflater(), noise(100_000));
    const contexts = countContexts();
    const done = jest.fn();
    for (let i = 0; i < 100; i++) {
      const deflater = messageDeflater();
      deflater.deflate(noise(20_000), done);
      deflater.close();
    }
    await first;
    await deflate(messageDeflater(), noise(20_000));
    expect(done).not.toHaveBeenCalled();
    expect(contexts.made).toBeLessThanOrEqual(1);
  });
});

it('zlib’s want of memory is not passed over in silence', () => {
  jest
    .spyOn(ZlibContext.prototype, 'runLater')
    .mockImplementation((_input, _max, done) => done(new ZlibDataError('no memory')));
  expect(() => messageDeflater({ noContextTakeover: false }).deflate(noise(20_000), never)).toThrow('no memory');
});
