import { describe, expect, it } from '@jest/globals';
import { costsOf, mergeRuns, timesCheaper } from '../../../bench/report/run-results.mjs';

const sample = (userUs: number) => ({ userUs, systemUs: 2, messages: 2 });
const runOf = (servers: Record<string, number[]>) => ({
  machine: 'here',
  absent: {},
  results: [
    {
      scenario: 'echo',
      servers: Object.entries(servers).map(([server, users]) => ({ server, version: '1', samples: users.map(sample) })),
    },
  ],
});
const scenario = { name: 'echo', kind: 'rounds' };

describe('the results of a run', () => {
  const run = runOf({ ws: [18, 38], nestwire: [2, 6] });

  it('have what a message cost in each round, user and system', () => {
    expect(costsOf(run, scenario, 'ws')).toEqual([10, 20]);
  });

  it('compare rounds that stood side by side', () => {
    expect(timesCheaper(run, scenario, 'ws', 'nestwire')).toEqual([5, 5]);
  });

  it('have nothing of a server that was not measured', () => {
    expect(costsOf(run, scenario, 'bun')).toBeUndefined();
    expect(timesCheaper(run, scenario, 'ws', 'bun')).toBeUndefined();
  });
});

describe('several runs', () => {
  it('are the rounds of all, in their order', () => {
    const merged = mergeRuns([runOf({ ws: [18], nestwire: [2] }), runOf({ ws: [38], nestwire: [6] })]);
    expect(timesCheaper(merged, scenario, 'ws', 'nestwire')).toEqual([5, 5]);
    expect(costsOf(merged, scenario, 'nestwire')).toEqual([2, 4]);
  });

  it('must have measured the same', () => {
    expect(() => mergeRuns([runOf({ ws: [18] }), runOf({ bun: [18] })])).toThrow('not every run has ws in echo');
  });
});
