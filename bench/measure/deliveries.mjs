// What a delivery costs a server that sends one message to many: CPU time as in any rounds, and then, apart from those, what is
// written, in how many calls, and what is allocated on the way, copies among it.

import { median } from '../report/statistics.mjs';
import { withPairs } from './pair.mjs';
import { takeTurns } from './rounds.mjs';

const BURSTS = 5;

/** @returns for each server its version and its rounds, each with `writtenBytes`, `writes` and `allocatedBytes` of a delivery */
export function measureDeliveries(scenario, servers, plan) {
  return withPairs(scenario, servers, plan.cores, async (pairs) => {
    const results = await takeTurns(scenario, pairs, plan);
    for (const [i, pair] of pairs.entries()) {
      const copies = await measureCopies(pair);
      results[i].samples = results[i].samples.map((sample) => ({ ...sample, ...copies }));
    }
    return results;
  });
}

async function measureCopies({ server, client }) {
  const ask = (question) => server.process.ask(question);
  const allocated = [];
  const before = await ask('written');
  let deliveries = 0;
  for (let i = 0; i < BURSTS; i++) {
    const start = await ask('beginAllocating');
    const count = await client.ask('tell', 'once');
    const end = await ask('endAllocating');
    deliveries += count;
    if (end !== undefined) allocated.push((end - start) / count);
  }
  const after = await ask('written');
  return {
    writtenBytes: before && (after.bytes - before.bytes) / deliveries,
    writes: before && (after.calls - before.calls) / deliveries,
    // Undefined where garbage was collected in every burst.
    allocatedBytes: allocated.length === 0 ? undefined : median(allocated),
  };
}
