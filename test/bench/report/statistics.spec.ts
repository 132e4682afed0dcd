import { describe, expect, it } from '@jest/globals';
import { median, quotients, spread } from '../../../bench/report/statistics.mjs';

describe('median', () => {
  it.each([
    [[7], 7],
    [[9, 1, 5], 5],
    [[10, 9, 100, 1], 9.5],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('leaves its values in their order', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('of nothing is refused', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

it('spread has the least, the median and the most', () => {
  expect(spread([4, 1, 10])).toEqual({ low: 1, mid: 4, high: 10 });
});

it('quotients are taken side by side', () => {
  expect(quotients([10, 9], [2, 3])).toEqual([5, 3]);
});
