import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { FIN, headerSize, MAX_HEADER_BYTES, writeHeader, writeMaskedHeader } from '../../lib/frame/frame-header.js';
import { hex } from '../support/bytes.js';

const lengths: [length: number, digits: string][] = [
  [0, '00'],
  [1, '01'],
  [125, '7d'],
  [126, '7e 00 7e'],
  [127, '7e 00 7f'],
  [256, '7e 01 00'],
  [65_535, '7e ff ff'],
  [65_536, '7f 00 00 00 00 00 01 00 00'],
  [0x8000_0000, '7f 00 00 00 00 80 00 00 00'],
  [0xffff_ffff, '7f 00 00 00 00 ff ff ff ff'],
  [0x1_0000_0000, '7f 00 00 00 01 00 00 00 00'],
  [Number.MAX_SAFE_INTEGER, '7f 00 1f ff ff ff ff ff ff'],
];

describe('writeHeader', () => {
  it.each(lengths)('§5.2: writes the length %i in the shortest form', (length, digits) => {
    const expected = hex(`82 ${digits}`);
    const target = Buffer.alloc(MAX_HEADER_BYTES, 0xee);
    expect(writeHeader(target, 0, 0x82, length)).toBe(expected.length);
    expect(target.subarray(0, expected.length)).toEqual(expected);
    expect(headerSize(length)).toBe(expected.length);
  });

  it('writes at the offset and leaves what is around', () => {
    const target = Buffer.alloc(8, 0xee);
    expect(writeHeader(target, 3, FIN | 0x1, 200)).toBe(7);
    expect(target).toEqual(hex('ee ee ee 81 7e 00 c8 ee'));
  });

  it('§5.2: writes the first byte as it is given', () => {
    const target = Buffer.alloc(2);
    for (let first = 0; first < 256; first++) {
      writeHeader(target, 0, first, 0);
      expect(target[0]).toBe(first);
    }
  });
});

describe('writeMaskedHeader', () => {
  it.each(lengths)(
    '§5.1: sets the mask bit for the length %i and puts the key behind, first octet first',
    (length, digits) => {
      const unmasked = hex(digits);
      const expected = Buffer.concat([hex('89'), unmasked, hex('37 fa 21 bd')]);
      expected[1]! |= 0x80;
      const target = Buffer.alloc(MAX_HEADER_BYTES + 2, 0xee);
      expect(writeMaskedHeader(target, 1, 0x89, length, 0xbd21fa37 | 0)).toBe(1 + expected.length);
      expect(target.subarray(1, 1 + expected.length)).toEqual(expected);
      expect([target[0], target[1 + expected.length]]).toEqual([0xee, 0xee]);
    },
  );

  it('§5.2: needs at most 14 bytes', () => {
    const target = Buffer.alloc(20);
    expect(writeMaskedHeader(target, 0, 0x82, Number.MAX_SAFE_INTEGER, 0)).toBe(MAX_HEADER_BYTES);
  });

  it('says by headerSize how long it is without the key', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer(), (length, key) => {
        const target = Buffer.alloc(20);
        expect(writeHeader(target, 0, 0x82, length)).toBe(headerSize(length));
        expect(writeMaskedHeader(target, 0, 0x82, length, key)).toBe(headerSize(length) + 4);
      }),
    );
  });
});
