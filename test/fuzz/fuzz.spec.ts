// Every fuzz target over its corpus and a fixed number of changed inputs, the same in each run. `npm run fuzz` goes on from
// there with others.

import { describe, expect, it } from '@jest/globals';
import { readCorpus } from './corpus.js';
import { Fuzzer } from './fuzzer.js';
import { TARGETS } from './targets.js';

const SEED = 6455;
const EXECUTIONS = 4000;
const LIMIT_MS = 60_000;

describe.each([...TARGETS])('fuzzing: %s', (name, target) => {
  const corpus = readCorpus(name);

  it(`lives through the ${corpus.length} files of its corpus`, async () => {
    expect(corpus.length).toBeGreaterThan(10);
    for (const [file, input] of corpus) {
      await new Fuzzer(target, [input], SEED).replay().catch((error: Error) => {
        throw new Error(`${file}: ${error.message}`, { cause: error });
      });
    }
  });

  it(
    `lives through ${EXECUTIONS} changed inputs`,
    async () => {
      const fuzzer = new Fuzzer(
        target,
        corpus.map(([, input]) => input),
        SEED,
      );
      await fuzzer.replay();
      await fuzzer.run(EXECUTIONS);
      expect(fuzzer.executions).toBe(corpus.length + EXECUTIONS);
      // A target that finds nothing new reads nothing.
      expect(fuzzer.outcomes).toBeGreaterThan(3);
    },
    LIMIT_MS,
  );
});
