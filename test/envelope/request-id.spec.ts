import { describe, expect, it } from '@jest/globals';
import { isRequestId, MAX_ID_BYTES } from '../../lib/envelope/request-id.js';

describe('isRequestId', () => {
  it.each([
    '',
    'a',
    '__proto__',
    '0',
    'x'.repeat(64),
    'é'.repeat(32),
    '€'.repeat(21),
    '𝄞'.repeat(16),
    '\ud800'.repeat(21),
    '\u0000',
    0,
    -0,
    1,
    -1,
    1.0,
    1e3,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ])('takes %p', (id) => {
    expect(isRequestId(id)).toBe(true);
  });

  it.each<[unknown]>([
    ['x'.repeat(65)],
    [`${'é'.repeat(32)}x`],
    ['€'.repeat(22)],
    [`${'𝄞'.repeat(16)}x`],
    ['\ud800'.repeat(22)],
    [Number.MAX_SAFE_INTEGER + 1],
    [Number.MIN_SAFE_INTEGER - 1],
    [0.5],
    [1e300],
    [Infinity],
    [NaN],
    [null],
    [undefined],
    [true],
    [false],
    [{}],
    [[]],
    [['a']],
    [1n],
    [Symbol('id')],
    [{ length: 1, toString: () => 'a' }],
    [Object('a')],
    [Object(1)],
  ])('refuses %p', (id) => {
    expect(isRequestId(id)).toBe(false);
  });

  it('counts 64 bytes of UTF-8, not characters', () => {
    expect(MAX_ID_BYTES).toBe(64);
  });
});
