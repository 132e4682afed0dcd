import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import { applyMask, applyMaskPlainly, isAscii } from '../../lib/frame/mask.js';
import { maskBySimd, simdMemory } from '../../lib/frame/mask-simd.js';

const LONGEST = 80;
const OFFSETS = 33;
const KEYS = [0x3d21fa37, 0xdeadbeef | 0, 0];

describe('masking by SIMD', () => {
  const memory = simdMemory!;

  it('has memory on every machine that these tests run on', () => {
    expect(memory.length).toBeGreaterThan(64 * 1024);
  });

  it('does what the plain rule does for each length and offset, and leaves all other bytes alone', () => {
    for (let start = 0; start < OFFSETS; start++) {
      for (let length = 0; length <= LONGEST; length++) {
        for (const key of KEYS) compare(start, start + length, key);
      }
    }
  });

  it('reaches the first byte and the last', () => {
    compare(0, memory.length, KEYS[0]!);
    for (let length = 0; length <= LONGEST; length++) compare(memory.length - length, memory.length, KEYS[1]!);
  });

  it('sees a byte that is not ASCII wherever it is, and none beside the range', () => {
    for (let length = 1; length <= LONGEST; length++) {
      for (let place = 0; place < length; place++) {
        memory.fill(0xff, 0, LONGEST + 20).fill('a', 3, 3 + length);
        expect(maskBySimd(3, 3 + length, 0)).toBe(true);
        memory[3 + place] = 0x80;
        expect({ length, place, isAscii: maskBySimd(3, 3 + length, 0) }).toMatchObject({ isAscii: false });
      }
    }
  });

  it('is what masks and judges bytes that lie in that memory', () => {
    memory.write('Hello');
    expect(applyMask(memory, 0, 5, KEYS[0]!)).toBe(false);
    expect(memory.toString('hex', 0, 5)).toBe('7f9f4d5158');
    expect([isAscii(memory, 0, 1), isAscii(memory, 0, 2)]).toEqual([true, false]);
    expect(memory.toString('hex', 0, 5)).toBe('7f9f4d5158');
  });

  function compare(start: number, end: number, key: number): void {
    for (let i = 0; i < LONGEST + OFFSETS + 16; i++) memory[i] = memory[memory.length - 1 - i] = (i * 89 + 7) & 0xff;
    const plain = Buffer.from(memory);
    const isAsciiPlainly = applyMaskPlainly(plain, start, end, key);
    const isAsciiBySimd = maskBySimd(start, end, key);
    const differs = plain.compare(memory) !== 0;
    if (differs || isAsciiBySimd !== isAsciiPlainly) {
      expect({ start, end, key, isAsciiBySimd, differs }).toEqual({ isAsciiBySimd: isAsciiPlainly, differs: false });
    }
  }
});
