import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { Utf8Validator } from '../../lib/message/utf8-validator.js';
import { cut, everyCut, hex } from '../support/bytes.js';

type Push = 'push' | 'pushPlainly';

/** After which byte the pieces turned out invalid; Infinity when they did not. */
function failsAt(push: Push, pieces: readonly Uint8Array[]): number {
  const validator = new Utf8Validator();
  let position = 0;
  for (const piece of pieces) {
    position += piece.length;
    if (!validator[push](piece)) return position;
  }
  return Infinity;
}

function isValid(push: Push, pieces: readonly Uint8Array[]): boolean {
  const validator = new Utf8Validator();
  return pieces.every((piece) => validator[push](piece)) && validator.isComplete;
}

const strictly = new TextDecoder('utf-8', { fatal: true });

function isValidByTextDecoder(bytes: Uint8Array): boolean {
  try {
    strictly.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

describe.each<Push>(['push', 'pushPlainly'])('Utf8Validator.%s', (push) => {
  it.each([
    '',
    '00',
    '7f',
    'c2 80',
    'df bf',
    'e0 a0 80',
    'ec bf bf',
    'ed 80 80',
    'ed 9f bf',
    'ee 80 80',
    'ef bf bf',
    'f0 90 80 80',
    'f1 80 80 80',
    'f3 bf bf bf',
    'f4 80 80 80',
    'f4 8f bf bf',
    'ef bb bf',
    'ef bf be',
    'ef b7 90',
    'ce ba e1 bd b9 cf 83 ce bc ce b5',
    'f0 9d 84 9e c3 a9 61 e2 82 ac',
  ])('RFC 3629 §4: takes %p', (digits) => {
    for (const context of ['', 'x'.repeat(40), '€'.repeat(20)]) {
      const bytes = Buffer.concat([Buffer.from(context), hex(digits), Buffer.from(context)]);
      for (const pieces of everyCut(bytes)) expect(isValid(push, pieces)).toBe(true);
    }
  });

  it.each<[string, number]>([
    ['80', 1],
    ['bf', 1],
    ['c0 80', 1],
    ['c0 af', 1],
    ['c1 bf', 1],
    ['c2 00', 2],
    ['c2 c2', 2],
    ['c3 28', 2],
    ['df c0', 2],
    ['e0 80 80', 2],
    ['e0 80 af', 2],
    ['e0 9f bf', 2],
    ['e2 28 a1', 2],
    ['e2 82 28', 3],
    ['e2 82 c0', 3],
    ['ed a0 80', 2],
    ['ed ad bf', 2],
    ['ed af bf', 2],
    ['ed b0 80', 2],
    ['ed bf bf', 2],
    ['f0 80 80 af', 2],
    ['f0 8f bf bf', 2],
    ['f0 28 8c bc', 2],
    ['f0 90 28 bc', 3],
    ['f0 28 8c 28', 2],
    ['f0 90 80 28', 4],
    ['f4 90 80 80', 2],
    ['f4 bf bf bf', 2],
    ['f5 80 80 80', 1],
    ['f7 bf bf bf', 1],
    ['f8 88 80 80 80', 1],
    ['fc 84 80 80 80 80', 1],
    ['fe', 1],
    ['ff', 1],
    ['61 62 ff', 3],
    ['c3 a9 80', 3],
    ['f0 9d 84 9e 80', 5],
    ['ed a0 80 ed b0 80', 2],
    ['e0 a0 80 e0 80 80', 5],
  ])('§8.1: refuses %p with its byte %i', (digits, settledBy) => {
    for (const context of ['', 'x'.repeat(40), '€'.repeat(20), 'x'.repeat(31)]) {
      const before = Buffer.from(context);
      const bytes = Buffer.concat([before, hex(digits)]);
      const first = before.length + settledBy;
      expect(
        failsAt(
          push,
          [...bytes].map((byte) => Uint8Array.of(byte)),
        ),
      ).toBe(first);
      expect(failsAt(push, [bytes.subarray(0, first)])).toBe(first);
      expect(failsAt(push, [bytes.subarray(0, first - 1)])).toBe(Infinity);
      for (const pieces of everyCut(Buffer.concat([bytes, before]))) expect(isValid(push, pieces)).toBe(false);
    }
  });

  it.each(['c3', 'e2', 'e2 82', 'ed 9f', 'f0', 'f0 9d', 'f0 9d 84', 'f4 8f bf'])(
    '§8.1: takes %p for the beginning of a character, not for an end',
    (digits) => {
      for (const context of ['', 'x'.repeat(40), '€'.repeat(20)]) {
        const bytes = Buffer.concat([Buffer.from(context), hex(digits)]);
        const validator = new Utf8Validator();
        expect(validator[push](bytes)).toBe(true);
        expect(validator.isComplete).toBe(false);
      }
    },
  );

  it('judges the next text after a complete one', () => {
    const validator = new Utf8Validator();
    expect(validator[push](hex('e0 a0 80'))).toBe(true);
    expect(validator[push](hex('e1 80 80'))).toBe(true);
    expect(validator[push](hex('ed 9f bf'))).toBe(true);
    expect(validator[push](hex('ee bf bf'))).toBe(true);
    expect(validator.isComplete).toBe(true);
  });

  it('says what TextDecoder says to every sequence of up to two bytes and their continuations', () => {
    const wrong: string[] = [];
    for (let lead = 0; lead < 256; lead++) {
      for (let second = 0; second < 256; second++) {
        for (const rest of [[], [0x80], [0xbf, 0x80], [0x7f], [0xc0]]) {
          const bytes = Uint8Array.of(lead, second, ...rest);
          if (isValid(push, [bytes]) !== isValidByTextDecoder(bytes)) wrong.push(Buffer.from(bytes).toString('hex'));
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('says what TextDecoder says to any text with any one byte changed, however it is cut', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('a', 'é', '€', '𝄞'), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })),
      maxLength: 80,
    });
    fc.assert(
      fc.property(
        text,
        fc.option(fc.tuple(fc.nat(), fc.nat(255))),
        fc.array(fc.nat(300), { maxLength: 6 }),
        (text, change, places) => {
          const bytes = Buffer.from(text);
          if (change !== null && bytes.length > 0) bytes[change[0] % bytes.length] = change[1];
          expect(isValid(push, cut(bytes, ...places))).toBe(isValidByTextDecoder(bytes));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('says what TextDecoder says to any bytes', () => {
    const unlikely = fc.array(
      fc.constantFrom(0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xe1, 0xed, 0xf0, 0xf4),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(unlikely, fc.array(fc.nat(60), { maxLength: 4 }), (values, places) => {
        const bytes = Uint8Array.from(values);
        expect(isValid(push, cut(bytes, ...places))).toBe(isValidByTextDecoder(bytes));
      }),
      { numRuns: 500 },
    );
  });
});

describe('Utf8Validator', () => {
  it('is as quick to refuse as the plain rule, piece by piece', () => {
    const ascii = fc.constant([...Buffer.from('x'.repeat(33))]);
    const characters = fc.constantFrom(
      [0xe2, 0x82, 0xac],
      [0xf0, 0x9d, 0x84, 0x9e],
      [0x61],
      [0xed, 0xa0],
      [0xf4, 0x8f],
      [0xc3],
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(ascii, characters), { maxLength: 30 }),
        fc.array(fc.nat(400), { maxLength: 8 }),
        (runs, places) => {
          const pieces = cut(Uint8Array.from(runs.flat()), ...places);
          expect(failsAt('push', pieces)).toBe(failsAt('pushPlainly', pieces));
        },
      ),
      { numRuns: 500 },
    );
  });
});
