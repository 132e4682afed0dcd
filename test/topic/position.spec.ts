import { describe, expect, it } from '@jest/globals';
import { isUpTo } from '../../lib/topic/position.js';

describe('isUpTo', () => {
  it.each([
    ['the same', 'a', 5, true],
    ['one before', 'a', 4, true],
    ['one after', 'a', 6, false],
    ['one before, of another epoch', 'b', 4, false],
    ['the same number of another epoch', 'b', 5, false],
  ])('says of %s whether it is known to be no later', (_, epoch, offset, expected) => {
    expect(isUpTo({ epoch, offset }, { epoch: 'a', offset: 5 })).toBe(expected);
  });
});
