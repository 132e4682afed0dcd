import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { applyMask, applyMaskPlainly, isAscii, rotateKey } from '../../lib/frame/mask.js';
import { hex } from '../support/bytes.js';

// 37 FA 21 3D, the key of §5.7: the first octet is the lowest byte.
const KEY = 0x3d21fa37;

describe.each([
  ['applyMask', applyMask],
  ['applyMaskPlainly', applyMaskPlainly],
])('%s', (_, mask) => {
  it('§5.7: unmasks the "Hello" of the RFC', () => {
    const bytes = hex('7f 9f 4d 51 58');
    expect(mask(bytes, 0, 5, KEY)).toBe(true);
    expect(bytes.toString('latin1')).toBe('Hello');
  });

  it('§5.3: masks and unmasks by the same operation', () => {
    const bytes = Buffer.from('Hello, '.repeat(40));
    mask(bytes, 0, bytes.length, KEY);
    expect(bytes.subarray(0, 5)).toEqual(hex('7f 9f 4d 51 58'));
    mask(bytes, 0, bytes.length, KEY);
    expect(bytes.toString()).toBe('Hello, '.repeat(40));
  });

  it('§5.3: octet i goes with octet i mod 4 of the key, counted from the start of the range', () => {
    const bytes = Buffer.alloc(200);
    mask(bytes, 3, 197, KEY);
    const expected = Buffer.alloc(200);
    for (let i = 3; i < 197; i++) expected[i] = [0x37, 0xfa, 0x21, 0x3d][(i - 3) % 4]!;
    expect(bytes).toEqual(expected);
  });

  it('sees a byte that is not ASCII wherever it is', () => {
    for (let start = 0; start < 4; start++) {
      for (const length of [1, 5, 47, 48, 49, 50, 51, 52, 75]) {
        for (let place = 0; place < length; place++) {
          const bytes = Buffer.alloc(start + length + 4, 'a');
          bytes[start + place] = 0x80;
          mask(bytes, start, start + length, KEY);
          expect({ start, length, place, isAscii: mask(bytes, start, start + length, KEY) }).toMatchObject({
            isAscii: false,
          });
          expect(bytes[start + place]).toBe(0x80);
        }
      }
    }
  });

  it('takes an empty range for ASCII and touches nothing', () => {
    const bytes = hex('ff ff');
    expect(mask(bytes, 1, 1, KEY)).toBe(true);
    expect(bytes).toEqual(hex('ff ff'));
  });
});

describe('applyMask', () => {
  it('does what the plain rule does for each length, offset and place in memory', () => {
    const source = Buffer.from(Array.from({ length: 160 }, (_, i) => (i * 89) & 0xff));
    for (let byteOffset = 0; byteOffset < 8; byteOffset++) {
      for (let start = 0; start < 5; start++) {
        for (let length = 0; length <= 140; length++) {
          compare(source, byteOffset, start, start + length, 0xdeadbeef | 0);
        }
      }
    }
  });

  it('does what the plain rule does for any bytes, range and key', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(7),
        fc.nat(300),
        fc.nat(300),
        fc.integer(),
        (source, byteOffset, a, b, key) => {
          const [start, end] = [a % (source.length + 1), b % (source.length + 1)].sort((x, y) => x - y) as [
            number,
            number,
          ];
          compare(source, byteOffset, start, end, key);
        },
      ),
    );
  });

  it('tells ASCII of long payloads as of short ones', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0x7f), { maxLength: 200 }), fc.integer(), fc.nat(3), (ascii, key, byteOffset) => {
        const masked = placed(Uint8Array.from(ascii), byteOffset);
        applyMaskPlainly(masked, 0, masked.length, key);
        expect(applyMask(masked, 0, masked.length, key)).toBe(true);
      }),
    );
  });

  function compare(source: Uint8Array, byteOffset: number, start: number, end: number, key: number): void {
    const fast = placed(source, byteOffset);
    const plain = placed(source, byteOffset);
    const fastIsAscii = applyMask(fast, start, end, key);
    const plainIsAscii = applyMaskPlainly(plain, start, end, key);
    if (fastIsAscii !== plainIsAscii || Buffer.compare(fast, plain) !== 0) {
      expect({ byteOffset, start, end, key, fastIsAscii, fast }).toEqual({ fastIsAscii: plainIsAscii, fast: plain });
    }
  }

  /** The bytes at this distance from the beginning of their memory. */
  function placed(source: Uint8Array, byteOffset: number): Uint8Array {
    const bytes = new Uint8Array(new ArrayBuffer(byteOffset + source.length), byteOffset);
    bytes.set(source);
    return bytes;
  }
});

describe('rotateKey', () => {
  it('§5.3: goes on with the key where the piece before stopped', () => {
    expect([0, 1, 2, 3, 4, 5].map((phase) => rotateKey(KEY, phase) >>> 0)).toEqual([
      0x3d21fa37, 0x373d21fa, 0xfa373d21, 0x21fa373d, 0x3d21fa37, 0x373d21fa,
    ]);
  });

  it('makes two pieces equal to the whole, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), fc.integer(), (source, n, key) => {
        const place = n % (source.length + 1);
        const whole = Uint8Array.from(source);
        const pieces = Uint8Array.from(source);
        applyMaskPlainly(whole, 0, whole.length, key);
        applyMask(pieces, 0, place, key);
        applyMask(pieces, place, pieces.length, rotateKey(key, place));
        expect(pieces).toEqual(whole);
      }),
    );
  });
});

describe('isAscii', () => {
  it('looks at the range and at nothing besides', () => {
    expect(isAscii(hex('ff 00 7f ff'), 1, 3)).toBe(true);
    expect(isAscii(hex('00 80 00'), 0, 3)).toBe(false);
    expect(isAscii(hex('00 80 00'), 0, 1)).toBe(true);
    expect(isAscii(hex('ff'), 1, 1)).toBe(true);
  });
});
