// Measures servers side by side: all of them run, and each has its round in turn, beginning with another one each time, so
// that whatever else the machine does falls upon all alike.

import { fileURLToPath } from 'node:url';
import { ChildProcess } from '../child-process.mjs';
import { startServer } from '../servers.mjs';

const CLIENT = fileURLToPath(new URL('../load/client.mjs', import.meta.url));

/**
 * @param scenario its `settings` for servers, its `load` and the load's `options`
 * @returns for each server its rounds: messages, wall time, CPU time of the server and of the client
 */
export async function measureRounds(scenario, servers, { rounds, roundMs, warmUpMs, cores }) {
  const pairs = [];
  try {
    for (const name of servers) pairs.push(await startPair(name, scenario, cores));
    for (const pair of pairs) await runRound(pair, warmUpMs);
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < pairs.length; i++) {
        const pair = pairs[(round + i) % pairs.length];
        pair.rounds.push(await runRound(pair, roundMs));
      }
    }
    return pairs.map(({ server, rounds }) => ({ server: server.name, rounds }));
  } finally {
    await Promise.all(pairs.flatMap(({ server, client }) => [server.process.stop(), client.stop()]));
  }
}

async function startPair(name, { settings, load, options, extensions }, cores) {
  const server = await startServer(name, settings, { core: cores.server });
  const client = new ChildProcess(`the client of ${name}`, [process.execPath, CLIENT], cores.client);
  const { port, dialect } = server;
  await client.ask('prepare', load, { ...options, server: { port, dialect, extensions } });
  return { server, client, rounds: [] };
}

async function runRound({ server, client }, durationMs) {
  const before = await server.process.ask('cpu');
  const { messages, wallMs, cpuUs } = await client.ask('round', durationMs);
  const after = await server.process.ask('cpu');
  return {
    messages,
    wallMs,
    userUs: after.user - before.user,
    systemUs: after.system - before.system,
    clientUs: cpuUs,
  };
}
