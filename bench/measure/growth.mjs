// How far a server grows while it sends to readers that have stopped. One server after the other.

import { withPairs } from './pair.mjs';

/** @returns for each server its version and one sample: how many bytes it has grown by, at the end of the sending */
export async function measureGrowth(scenario, servers, { cores }) {
  const results = [];
  for (const name of servers) {
    results.push(await withPairs(scenario, [name], cores, ([pair]) => measure(pair)));
  }
  return results;
}

async function measure({ name, version, server, client }) {
  const before = await server.process.ask('memory');
  await client.ask('tell', 'flood');
  const after = await server.process.ask('memory');
  const grown = { rssBytes: after.rss - before.rss, rssBeforeCollectingBytes: after.rssBeforeCollecting - before.rss };
  return { server: name, version, samples: [grown] };
}
