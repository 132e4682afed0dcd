// What a connection holds on to while nothing happens: the memory of the server with so many idle connections, over what it
// had before the first, and what is left of it when all have been closed. One server after the other.

import { freemem } from 'node:os';
import { withPairs } from './pair.mjs';

/** So many come and go before, as a share, so that what a server sets up for its load is not counted as theirs. */
const REHEARSAL = 0.05;
/** The other half is the client’s, and the system’s for what lies in sockets. */
const SHARE_OF_FREE = 0.5;

/** @returns for each server its version and one sample: bytes for each connection */
export async function measureMemory(scenario, servers, plan) {
  const fitting = Math.floor((freemem() * SHARE_OF_FREE) / scenario.bytesEach);
  const connections = Math.min(scenario.connections, plan.connections, fitting);
  const results = [];
  for (const name of servers) {
    results.push(await withPairs(scenario, [name], plan.cores, ([pair]) => measure(pair, connections)));
  }
  return results;
}

async function measure({ name, version, server, client }, connections) {
  const memory = () => server.process.ask('memory');
  await client.ask('tell', 'open', Math.ceil(connections * REHEARSAL));
  await client.ask('tell', 'close');
  const before = await memory();
  await client.ask('tell', 'open', connections);
  const open = await memory();
  await client.ask('tell', 'close');
  const after = await memory();
  const each = (key, now) => Math.round((now[key] - before[key]) / connections);
  const sample = {
    connections,
    usedBytes: each('used', open),
    rssBytes: each('rss', open),
    leftBytes: each('used', after),
  };
  return { server: name, version, samples: [sample] };
}
