import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it, jest } from '@jest/globals';
import { flushAtTurnEnd } from '../../lib/connection/turn-end.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('flushAtTurnEnd', () => {
  it('comes after the microtasks of the turn, in the order in which it was asked for', async () => {
    const seen: string[] = [];
    await nextTurn();
    flushAtTurnEnd({ flushIfDue: () => seen.push('first') });
    flushAtTurnEnd({ flushIfDue: () => seen.push('second') });
    void Promise.resolve()
      .then(() => undefined)
      .then(() => seen.push('microtask'));
    await nextTurn();
    expect(seen).toEqual(['microtask', 'first', 'second']);
  });

  it('is the same turn for what is asked for meanwhile', async () => {
    const seen: string[] = [];
    setImmediate(() => seen.push('next turn'));
    flushAtTurnEnd({
      flushIfDue: () => {
        seen.push('first');
        flushAtTurnEnd({ flushIfDue: () => seen.push('asked for meanwhile') });
      },
    });
    await nextTurn();
    expect(seen).toEqual(['first', 'asked for meanwhile', 'next turn']);
  });

  it('is in nobody’s context: whoever asked first is none of the others’ business', async () => {
    const user = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    await nextTurn();
    for (const name of ['Ada', 'Bob']) {
      user.run(name, () => flushAtTurnEnd({ flushIfDue: () => seen.push(user.getStore()) }));
    }
    await nextTurn();
    expect(seen).toEqual([undefined, undefined]);
  });

  it('goes on with the others in another tick when one throws', () => {
    const seen: string[] = [];
    const ticks: (() => void)[] = [];
    const nextTick = jest.spyOn(process, 'nextTick').mockImplementation((tick) => void ticks.push(tick as () => void));
    try {
      flushAtTurnEnd({ flushIfDue: () => seen.push('first') });
      flushAtTurnEnd({
        flushIfDue: () => {
          throw new Error('of the second');
        },
      });
      for (const name of ['third', 'fourth']) flushAtTurnEnd({ flushIfDue: () => seen.push(name) });
      expect(ticks).toHaveLength(1);
      expect(ticks[0]).toThrow('of the second');
      expect(ticks).toHaveLength(2);
      ticks[1]!();
    } finally {
      nextTick.mockRestore();
    }
    expect(seen).toEqual(['first', 'third', 'fourth']);
  });
});
