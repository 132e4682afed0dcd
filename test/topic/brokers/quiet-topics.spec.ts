import { describe, expect, it } from '@jest/globals';
import { QuietTopics } from '../../../lib/topic/brokers/quiet-topics.js';

const nameOf = (i: number): string => `${i} `.padEnd(16 * 1024, 'x');

describe('topics that nothing was published to', () => {
  it('are remembered up to a bound, those left last', () => {
    const quiet = new QuietTopics();
    const forgotten = Array.from({ length: 400 }, (_, i) => quiet.add(nameOf(i))).flat();
    expect(forgotten).toHaveLength(400 - 254);
    expect(forgotten[0]).toBe(nameOf(0));
    expect(forgotten.at(-1)).toBe(nameOf(400 - 255));
  });

  it('are no longer, once they are used', () => {
    const quiet = new QuietTopics();
    for (let round = 0; round < 1_000; round++) {
      expect(quiet.add(nameOf(0))).toEqual([]);
      expect(quiet.add(nameOf(round + 1))).toEqual([]);
      quiet.delete(nameOf(round + 1));
    }
    quiet.clear();
    expect(Array.from({ length: 254 }, (_, i) => quiet.add(nameOf(i))).flat()).toEqual([]);
  });
});
