// A server and the client that loads it, each in a process of its own; and how many of either are started together and
// stopped together, whatever happens between.

import { fileURLToPath } from 'node:url';
import { ChildProcess } from '../child-process.mjs';
import { startServer } from '../servers.mjs';

const CLIENT = fileURLToPath(new URL('../load/client.mjs', import.meta.url));

/**
 * Starts a pair for each server, and gives them to `use` when all are ready.
 * @param scenario its `settings` for servers, its `load` and the load's `options`
 */
export async function withPairs(scenario, servers, cores, use) {
  const pairs = servers.map((name) => startPair(name, scenario, cores));
  try {
    await Promise.all(pairs.map((pair) => makeReady(pair, scenario)));
    return await use(pairs);
  } finally {
    await Promise.all(pairs.flatMap(({ server, client }) => [server.process.stop(), client.stop()]));
  }
}

function startPair(name, { settings }, cores) {
  const server = startServer(name, settings, cores.server);
  const client = new ChildProcess(`the client of ${name}`, [process.execPath, CLIENT], cores.client);
  return { name, server, client, version: undefined };
}

async function makeReady(pair, { load, options, extensions }) {
  const { server, client } = pair;
  const { port, version } = await server.ready;
  pair.version = version;
  await client.ask('prepare', load, { ...options, server: { port, dialect: server.dialect, extensions } });
}
