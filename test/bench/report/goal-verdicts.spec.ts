import { describe, expect, it } from '@jest/globals';
import { judge } from '../../../bench/report/goal-verdicts.mjs';

/** A run of one scenario in which a message cost each server so many µs in every round. */
function runOf(costs: Record<string, number>) {
  const servers = Object.entries(costs).map(([server, cost]) => ({
    server,
    samples: [1, 2, 3].map((messages) => ({ userUs: cost * messages, systemUs: 0, messages })),
  }));
  return { results: [{ scenario: 'echo', servers }], absent: {} };
}

const scenario = { name: 'echo', kind: 'rounds' };
const goal = { scenario: 'echo', ours: 'nestwire', theirs: 'ws', atLeast: 4, beyond: 8 };

const verdict = (costs: Record<string, number>, wanted: object = goal): string =>
  judge(runOf(costs), scenario, wanted).verdict;

describe('a goal of being so many times cheaper', () => {
  it.each([
    [{ ws: 80, nestwire: 10 }, 'beyond'],
    [{ ws: 79, nestwire: 10 }, 'reached'],
    [{ ws: 40, nestwire: 10 }, 'reached'],
    [{ ws: 39, nestwire: 10 }, 'not reached'],
    [{ ws: 40 }, 'not measured'],
  ])('%j: %s', (costs, expected) => {
    expect(verdict(costs)).toBe(expected);
  });

  it('that lies beyond the floor is reached at nine tenths of the floor', () => {
    // The floor is 3.6 times cheaper, ours 3.24 times and then 3.23 times.
    expect(verdict({ ws: 36, nestwire: 11.1, floor: 10 })).toBe('reached, at the floor');
    expect(verdict({ ws: 36, nestwire: 11.2, floor: 10 })).toBe('not reached');
  });

  it('that the floor itself reaches is not lowered', () => {
    expect(verdict({ ws: 40, nestwire: 10.5, floor: 10 })).toBe('not reached');
  });
});

it('what lies beyond is reached at the floor too, by who has reached the goal itself', () => {
  expect(verdict({ ws: 60, nestwire: 11.1, floor: 10 })).toBe('beyond, at the floor');
  expect(verdict({ ws: 60, nestwire: 11.2, floor: 10 })).toBe('reached');
});

describe('a goal of being at most a share', () => {
  const share = { ...goal, atLeast: 0.75, beyond: 0.5, isShare: true };

  it.each([
    [{ ws: 100, nestwire: 50 }, 'beyond'],
    [{ ws: 100, nestwire: 75 }, 'reached'],
    [{ ws: 100, nestwire: 76 }, 'not reached'],
    [{ ws: 100, nestwire: 88, floor: 80 }, 'reached, at the floor'],
    [{ ws: 100, nestwire: 90, floor: 80 }, 'not reached'],
  ])('%j: %s', (costs, expected) => {
    expect(verdict(costs, share)).toBe(expected);
  });
});
