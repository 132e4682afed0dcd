import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { GatheredPayload } from '../../lib/message/gathered-payload.js';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('GatheredPayload', () => {
  it('holds nothing at first', () => {
    const payload = new GatheredPayload();
    expect(payload.length).toBe(0);
    expect(payload.take()).toHaveLength(0);
  });

  it('joins pieces of every size in their order, whatever was announced', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.nat(10_000), (arrays, announced) => {
        const payload = new GatheredPayload();
        for (const piece of arrays) payload.append(piece, announced);
        const expected = Buffer.concat(arrays);
        expect(payload.length).toBe(expected.length);
        expect(Buffer.compare(payload.take(), expected)).toBe(0);
      }),
    );
  });

  it('has copied a piece when the call returns', () => {
    for (const size of [3, 100 * KIB]) {
      const payload = new GatheredPayload();
      const piece = Buffer.alloc(size, 'a');
      payload.append(piece, 2 * size);
      piece.fill('x');
      payload.append(Buffer.alloc(size, 'b'), 2 * size);
      expect(payload.take().equals(Buffer.concat([Buffer.alloc(size, 'a'), Buffer.alloc(size, 'b')]))).toBe(true);
    }
  });

  it('begins anew after each take and leaves what it gave away alone', () => {
    const payload = new GatheredPayload();
    payload.append(Buffer.from('first'), 0);
    const first = payload.take();
    payload.append(Buffer.from('second'), 0);
    expect([payload.length, payload.take().toString(), first.toString()]).toEqual([6, 'second', 'first']);
    expect(payload.take()).toHaveLength(0);
  });

  it('makes one buffer of the announced size as soon as a sixteenth of it is there', () => {
    const payload = new GatheredPayload();
    for (let i = 0; i < 16; i++) payload.append(Buffer.alloc(64 * KIB, i), MIB);
    const whole = payload.take();
    expect([whole.length, whole.buffer.byteLength]).toEqual([MIB, MIB]);
  });

  it('§10.4: keeps memory in proportion to what came, not to what was announced', () => {
    const payload = new GatheredPayload();
    payload.append(Buffer.alloc(100), 1024 * MIB);
    expect(payload.take().buffer.byteLength).toBe(1600);
  });

  it('§10.4: holds two million pieces of one byte in little more than two megabytes', () => {
    const payload = new GatheredPayload();
    for (let i = 0; i < 2_200_000; i++) payload.append(Uint8Array.of(i & 0xff), i + 1);
    const whole = payload.take();
    expect(whole.buffer.byteLength).toBeLessThan(3 * MIB);
    expect(whole).toHaveLength(2_200_000);
    expect([whole[0], whole[255], whole[256], whole[2_199_999]]).toEqual([0, 255, 0, 2_199_999 & 0xff]);
  });

  it('§10.4: holds a million empty pieces in no memory', () => {
    const payload = new GatheredPayload();
    for (let i = 0; i < 1_000_000; i++) payload.append(Buffer.alloc(0), 0);
    expect(payload.take().buffer.byteLength).toBeLessThan(16 * KIB);
  });
});
