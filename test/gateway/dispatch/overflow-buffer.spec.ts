import { describe, expect, it } from '@jest/globals';
import { array, assert, boolean, constantFrom, integer, property } from 'fast-check';
import { OverflowBuffer, type OverflowStrategy } from '../../../lib/gateway/dispatch/overflow-buffer.js';

function drain(buffer: OverflowBuffer): unknown[] {
  const values: unknown[] = [];
  while (buffer.length > 0) values.push(buffer.shift());
  return values;
}

describe('an overflow buffer of three', () => {
  it.each<[OverflowStrategy, number[], number, boolean]>([
    ['drop-oldest', [3, 4, 5], 2, true],
    ['drop-newest', [1, 2, 3], 2, true],
    ['error', [1, 2, 3], 0, false],
    ['close', [1, 2, 3], 0, false],
  ])('%s: of 1 to 5 keeps %j', (strategy, kept, dropped, takesAll) => {
    const buffer = new OverflowBuffer(strategy, 3);
    const taken = [1, 2, 3, 4, 5].map((value) => buffer.push(value));
    expect(taken).toEqual([true, true, true, takesAll, takesAll]);
    expect(buffer.dropped).toBe(dropped);
    expect(drain(buffer)).toEqual(kept);
  });
});

it('latest has room for one', () => {
  const buffer = new OverflowBuffer('latest', 1);
  for (const value of ['a', 'b', 'c']) buffer.push(value);
  expect([buffer.length, buffer.dropped, drain(buffer)]).toEqual([1, 2, ['c']]);
});

it('is empty when cleared, and takes values again', () => {
  const buffer = new OverflowBuffer('drop-oldest', 3);
  for (const value of [1, 2, 3, 4]) buffer.push(value);
  buffer.clear();
  expect([buffer.length, buffer.dropped]).toEqual([0, 1]);
  buffer.push(5);
  expect(drain(buffer)).toEqual([5]);
});

it('does not keep alive what was taken out', () => {
  const buffer = new OverflowBuffer('drop-oldest', 2);
  buffer.push({});
  buffer.shift();
  expect(JSON.stringify(buffer)).not.toContain('{}');
});

it('behaves as a list that is cut, whatever is pushed and shifted in whatever order', () => {
  const steps = array(boolean(), { maxLength: 200 });
  assert(
    property(
      steps,
      integer({ min: 1, max: 8 }),
      constantFrom<OverflowStrategy>('drop-oldest', 'drop-newest'),
      (all, size, how) => {
        const buffer = new OverflowBuffer(how, size);
        const list: number[] = [];
        all.forEach((isPush, value) => {
          if (!isPush) {
            if (list.length > 0) expect(buffer.shift()).toBe(list.shift());
            return;
          }
          buffer.push(value);
          if (how === 'drop-newest' && list.length === size) return;
          list.push(value);
          if (list.length > size) list.shift();
        });
        expect(drain(buffer)).toEqual(list);
      },
    ),
  );
});
