import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { Backlog } from '../../lib/connection/backlog.js';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('Backlog', () => {
  it('holds nothing at first', () => {
    const parts = new Backlog();
    expect(parts.length).toBe(0);
    expect(parts.take()).toEqual([]);
  });

  it('joins pieces of every size in their order', () => {
    const sizes = fc.oneof(
      fc.nat(100),
      fc.integer({ min: 4090, max: 4100 }),
      fc.integer({ min: 65_530, max: 65_540 }),
      fc.constant(200_000),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(sizes, fc.boolean()), { maxLength: 12 }), (pieces) => {
        const parts = new Backlog();
        const buffers = pieces.map(([size, inLargerBlock], i) => pieceOf(size, i + 1, inLargerBlock ? 3 * size : size));
        for (const buffer of buffers) parts.append(buffer);
        const expected = Buffer.concat(buffers);
        expect(parts.length).toBe(expected.length);
        expect(Buffer.compare(Buffer.concat(parts.take()), expected)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('begins anew after each take and leaves what it gave away alone', () => {
    const parts = new Backlog();
    parts.append(Buffer.from('first'));
    const first = parts.take();
    parts.append(Buffer.from('second'));
    expect(parts.length).toBe(6);
    expect(parts.take().join()).toBe('second');
    expect(first.join()).toBe('first');
    expect(parts.take()).toEqual([]);
  });

  it('does not copy large pieces', () => {
    const parts = new Backlog();
    const pieces = [pieceOf(100 * KIB, 1, 100 * KIB), pieceOf(4 * KIB, 2, 8 * KIB)];
    for (const piece of pieces) parts.append(piece);
    const taken = parts.take();
    expect(taken).toHaveLength(2);
    expect(taken[0]).toBe(pieces[0]);
    expect(taken[1]).toBe(pieces[1]);
  });

  it('makes few pieces of many small ones', () => {
    const parts = new Backlog();
    for (let i = 0; i < 100_000; i++) parts.append(Buffer.from('abc'));
    expect(parts.take().length).toBeLessThan(20);
  });

  it('keeps small pieces when their memory is used again', () => {
    const parts = new Backlog();
    const piece = Buffer.from('abc');
    parts.append(piece);
    piece.fill('x');
    parts.append(Buffer.from('def'));
    expect(parts.take().join('')).toBe('abcdef');
  });

  it('§10.4: holds two million pieces of one byte in little more than two megabytes', () => {
    const parts = new Backlog();
    const before = heldBytes();
    for (let i = 0; i < 2_200_000; i++) parts.append(Buffer.from([i & 0xff]));
    expect(heldBytes() - before).toBeLessThan(3 * MIB);
    const whole = Buffer.concat(parts.take());
    expect(whole).toHaveLength(2_200_000);
    expect([whole[0], whole[255], whole[256], whole[2_199_999]]).toEqual([0, 255, 0, 2_199_999 & 0xff]);
  });

  it('§10.4: holds a million empty pieces in no memory', () => {
    const parts = new Backlog();
    const before = heldBytes();
    const nothing = Buffer.alloc(0);
    for (let i = 0; i < 1_000_000; i++) parts.append(nothing);
    expect(heldBytes() - before).toBeLessThan(MIB);
    expect(parts.take()).toEqual([]);
  });

  it('§10.4: does not keep the blocks alive that its pieces are small parts of', () => {
    const parts = new Backlog();
    const before = heldBytes();
    for (let i = 0; i < 200; i++) parts.append(pieceOf(4 * KIB, 1, 64 * KIB));
    expect(heldBytes() - before).toBeLessThan(4 * MIB);
    expect(Buffer.concat(parts.take())).toHaveLength(800 * KIB);
  });

  it('§10.4: gains nothing from small and large pieces in turn', () => {
    const parts = new Backlog();
    const before = heldBytes();
    for (let i = 0; i < 200; i++) {
      parts.append(Buffer.from('x'));
      parts.append(pieceOf(4 * KIB, 1, 4 * KIB));
    }
    expect(heldBytes() - before).toBeLessThan(2 * MIB);
    expect(Buffer.concat(parts.take())).toHaveLength(200 * (4 * KIB + 1));
  });

  it('§10.4: takes little for the header of a payload that many hold', () => {
    const backlogs = Array.from({ length: 20 }, () => new Backlog());
    const payload = pieceOf(64 * KIB, 1, 64 * KIB);
    const before = heldBytes();
    for (let i = 0; i < 2000; i++) {
      for (const parts of backlogs) {
        parts.append(Buffer.from('0123456789'));
        parts.append(payload);
      }
    }
    expect((heldBytes() - before) / 40_000).toBeLessThan(160);
    expect(backlogs[0]!.length).toBe(2000 * (64 * KIB + 10));
  });
});

function pieceOf(size: number, fill: number, blockSize: number): Buffer {
  return Buffer.from(new ArrayBuffer(blockSize), 0, size).fill(fill);
}

/** What is reachable right now, on the heap and in buffers. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  // The memory of buffers is freed in the background, and counted as freed by the next collection.
  for (let i = 0; i < 3; i++) collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
