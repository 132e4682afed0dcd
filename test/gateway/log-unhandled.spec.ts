import { expect, it } from '@jest/globals';
import { stackOf } from '../../lib/gateway/log-unhandled.js';

it('shows an error with its stack, and by its message where it has none', () => {
  const error = new Error('broken');
  expect(stackOf(error)).toContain('log-unhandled.spec');
  error.stack = undefined as never;
  expect(stackOf(error)).toBe('broken');
});

it.each([
  ['text', "'text'"],
  [undefined, 'undefined'],
  [Object.create(null), '[Object: null prototype] {}'],
])('shows whatever else was thrown: %p', (thrown, shown) => {
  expect(stackOf(thrown)).toBe(shown);
});
