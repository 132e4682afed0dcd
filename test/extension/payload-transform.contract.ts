// What holds for every inflater and deflater of permessage-deflate (RFC 7692 §7.2), whichever way it goes about it: the
// suite runs for zlib's private way at once and for its public streams alone.

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { PayloadDeflater, PayloadInflater } from '../../lib/extension/payload-transform.js';
import { byteByByte, cut, hex } from '../support/bytes.js';
import { within } from '../support/bounded-wait.js';
import { DeflatePeer, InflatePeer } from './deflate-peer.js';

export interface Transforms {
  inflater(noContextTakeover: boolean): PayloadInflater;
  deflater(noContextTakeover: boolean, windowBits?: number): PayloadDeflater;
}

const MAX = 1024 * 1024;

/** One piece through an inflater, whether it answers at once or later. */
export function inflate(inflater: PayloadInflater, piece: Buffer, isLast: boolean, maxBytes = MAX): Promise<Buffer> {
  const answer = new Promise<Buffer>((resolve, reject) => {
    const now = inflater.inflate(piece, isLast, maxBytes, (result) => {
      if (result instanceof Error) reject(result);
      else resolve(result);
    });
    if (now !== undefined) resolve(now);
  });
  return within(answer, 'an inflated piece');
}

/** One message, in these pieces. */
export async function inflateAll(
  inflater: PayloadInflater,
  pieces: readonly Buffer[],
  maxBytes = MAX,
): Promise<Buffer> {
  const outputs: Buffer[] = [];
  let size = 0;
  for (const [i, piece] of pieces.entries()) {
    const output = await inflate(inflater, piece, i === pieces.length - 1, maxBytes - size);
    outputs.push(output);
    size += output.length;
  }
  return Buffer.concat(outputs);
}

export function deflate(deflater: PayloadDeflater, payload: Uint8Array): Promise<Buffer> {
  const answer = new Promise<Buffer>((resolve) => {
    const now = deflater.deflate(payload, resolve);
    if (now !== undefined) resolve(now);
  });
  return within(answer, 'a compressed message');
}

const MODES = [
  ['with context takeover', false],
  ['without context takeover', true],
] as const;

/** Payloads that zlib finds something in, small and large. */
const payloads = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'binary', maxLength: 300 }).map((text) => Buffer.from(text)),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 2000 }))
    .map(([bytes, times]) => Buffer.alloc(bytes.length * times, bytes)),
);

export function describePayloadTransforms(transforms: Transforms): void {
  describe.each(MODES)('%s', (_, noContextTakeover) => {
    const inflater = () => transforms.inflater(noContextTakeover);
    const peer = () => new DeflatePeer({ noContextTakeover });

    describe('inflating', () => {
      it.each([
        ['§7.2.3.1 a message in one block', 'f2 48 cd c9 c9 07 00', 'Hello'],
        ['§7.2.3.3 a block with no compression', '00 05 00 fa ff 48 65 6c 6c 6f 00', 'Hello'],
        ['§7.2.3.4 a block with BFINAL set', 'f3 48 cd c9 c9 07 00 00', 'Hello'],
        ['§7.2.3.5 two blocks', 'f2 48 05 00 00 00 ff ff ca c9 c9 07 00', 'Hello'],
        ['§7.2.3.6 an empty message', '00', ''],
        ['an empty message with BFINAL set', '03 00 00', ''],
        ['a final block and nothing behind it', 'f3 48 cd c9 c9 07 00', 'Hello'],
        ['no block at all', '', ''],
      ])('%s, whole, byte by byte and cut anywhere', async (_, compressed, text) => {
        const bytes = hex(compressed);
        const ways = [[bytes], [...byteByByte(bytes), Buffer.alloc(0)]];
        for (let place = 1; place < bytes.length; place++) ways.push(cut(bytes, place));
        const one = inflater();
        // Each message leaves the inflater as it was: the next is read by the same one.
        for (const pieces of ways) expect((await inflateAll(one, pieces)).toString()).toBe(text);
        expect((await inflateAll(one, [hex('f2 48 cd c9 c9 07 00')])).toString()).toBe('Hello');
        one.close();
      });

      it('messages one behind the other, with all kinds of ends', async () => {
        const one = inflater();
        const sender = peer();
        for (let i = 0; i < 60; i++) {
          const text = `message ${i % 4} of the same kind, ${'again '.repeat(i)}`;
          const bytes = i % 3 === 0 ? sender.compressFinal(text) : sender.compress(text);
          const pieces = i % 2 === 0 ? [bytes] : cut(bytes, i % bytes.length, (i * 7) % bytes.length);
          expect((await inflateAll(one, pieces)).toString()).toBe(text);
        }
        one.close();
      });

      it.each([
        ['a reserved block type', '06 00'],
        ['a reserved block type behind good data', 'f2 48 cd c9 c9 07 06'],
        ['lengths that are not each other’s complement', '00 05 00 00 00 48'],
        ['a reference to what never came', '02 06 20'],
        ['a distance code that does not exist', '4b 04 c3 0f'],
        ['a bad code length set', '04 ff ff ff ff'],
      ])('1007 for %s', async (_, compressed) => {
        for (const pieces of [[hex(compressed)], byteByByte(hex(compressed))]) {
          const one = inflater();
          await expect(inflateAll(one, pieces)).rejects.toMatchObject({
            violation: 'compressed-data-invalid',
            closeCode: 1007,
          });
          one.close();
        }
      });

      it('stops at the limit: 1009, in one piece, in many, at once and on another thread', async () => {
        const bombs = [Buffer.alloc(MAX + 1), Buffer.alloc(40 * MAX), Buffer.alloc(MAX + 100_000, 'ab')].map((bytes) =>
          new DeflatePeer().compress(bytes),
        );
        for (const bomb of bombs) {
          for (const pieces of [[bomb], cut(bomb, 100, 200, 20_000)]) {
            const one = inflater();
            await expect(inflateAll(one, pieces)).rejects.toMatchObject({
              violation: 'message-too-big',
              closeCode: 1009,
            });
            one.close();
          }
        }
      });

      it('takes as much as the limit and not a byte more', async () => {
        for (const size of [0, 1, 1000, 65_535, 65_536, 65_537, 131_072, 400_000]) {
          const bytes = new DeflatePeer({ noContextTakeover }).compress(Buffer.alloc(size, 'x'));
          const one = inflater();
          expect(await inflateAll(one, [bytes], size)).toHaveLength(size);
          expect(await inflateAll(one, cut(bytes, 3), size)).toHaveLength(size);
          if (size > 0) await expect(inflateAll(one, [bytes], size - 1)).rejects.toMatchObject({ closeCode: 1009 });
          one.close();
        }
      });

      it('any payloads in any pieces, with blocks of both kinds', async () => {
        const message = fc.tuple(payloads, fc.boolean(), fc.array(fc.nat(400), { maxLength: 5 }));
        const property = fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 6 }), async (messages) => {
          const one = inflater();
          const sender = peer();
          for (const [payload, isFinal, places] of messages) {
            const bytes = isFinal ? sender.compressFinal(payload) : sender.compress(payload);
            expect((await inflateAll(one, cut(bytes, ...places))).equals(payload)).toBe(true);
          }
          one.close();
        });
        await fc.assert(property, { numRuns: 100 });
      });
    });

    describe('deflating', () => {
      it('any payloads are read by a peer, and by our own inflater', async () => {
        const property = fc.asyncProperty(fc.array(payloads, { minLength: 1, maxLength: 6 }), async (messages) => {
          const deflater = transforms.deflater(noContextTakeover);
          const reader = new InflatePeer({ noContextTakeover });
          const own = inflater();
          for (const payload of messages) {
            const compressed = await deflate(deflater, payload);
            expect(reader.decompress(compressed).equals(payload)).toBe(true);
            expect((await inflateAll(own, [compressed])).equals(payload)).toBe(true);
          }
          deflater.close();
          own.close();
        });
        await fc.assert(property, { numRuns: 100 });
      });

      it.each([9, 10, 11, 12, 13, 14, 15])('keeps to a window of 2 to the %i', async (windowBits) => {
        const messages = farRepeats(windowBits);
        const deflater = transforms.deflater(noContextTakeover, windowBits);
        const reader = new InflatePeer({ noContextTakeover, windowBits });
        for (const payload of messages) {
          const compressed = await deflate(deflater, payload);
          expect(reader.decompress(compressed).equals(payload)).toBe(true);
        }
        deflater.close();
      });

      it('the window is what it makes use of', async () => {
        const deflater = transforms.deflater(noContextTakeover);
        const text = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz'.repeat(2));
        const first = await deflate(deflater, text);
        const second = await deflate(deflater, text);
        if (noContextTakeover) expect(second.equals(first)).toBe(true);
        else expect(second.length).toBeLessThan(first.length / 2);
        deflater.close();
      });
    });

    it('twenty connections at once are never given what is another’s', async () => {
      const plan = fc.array(fc.tuple(fc.nat(19), payloads), { minLength: 30, maxLength: 60 });
      const property = fc.asyncProperty(plan, async (messages) => {
        // Each waits for its own messages only; those of all others run in between.
        const connections = Array.from({ length: 20 }, async (_, index) => {
          const [deflater, own] = [transforms.deflater(noContextTakeover), inflater()];
          const [sender, reader] = [peer(), new InflatePeer({ noContextTakeover })];
          for (const [target, payload] of messages) {
            if (target !== index) continue;
            const sent = sender.compress(payload);
            const [out, back] = await Promise.all([
              deflate(deflater, payload),
              inflateAll(own, cut(sent, sent.length >> 1)),
            ]);
            expect(back.equals(payload)).toBe(true);
            expect(reader.decompress(out).equals(payload)).toBe(true);
          }
          deflater.close();
          own.close();
        });
        await Promise.all(connections);
      });
      await fc.assert(property, { numRuns: 15 });
    });
  });
}

/** Messages with repeats just beyond a window, which a larger one would refer to. */
export function farRepeats(windowBits: number): Buffer[] {
  const distance = 2 ** windowBits + 90;
  const period = noise(distance);
  const long = Buffer.concat([period, period, period]);
  return [long, long.subarray(0, distance), long.subarray(0, distance), Buffer.concat([long, long, long])];
}

/** Bytes without repeats, the same each time. */
export function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 1;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}
