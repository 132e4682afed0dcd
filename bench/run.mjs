// The benchmark: runs the scenarios that are asked for on the servers that are asked for, and prints a table for each.
//
//   npm run bench -- [--quick] [--only <scenario,...>] [--servers <server,...>]

import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { measureRounds } from './measure/rounds.mjs';
import { table } from './report/table.mjs';
import { scenarios as echo } from './scenarios/echo.mjs';
import { scenarios as event } from './scenarios/event.mjs';
import { parseServer } from './servers.mjs';

const FULL = { rounds: 7, roundMs: 350, warmUpMs: 800 };
const QUICK = { rounds: 5, roundMs: 200, warmUpMs: 500 };
const SCENARIOS = [...echo, ...event];

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    servers: { type: 'string' },
    rounds: { type: 'string' },
  },
});

/** Server and client on cores of their own, where that can be asked for. */
function chooseCores() {
  const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;
  return canPin ? { server: 0, client: 1 } : {};
}

const chosen = given.only?.split(',');
const unknown = chosen?.find((name) => !SCENARIOS.some((scenario) => scenario.name.startsWith(name)));
if (unknown !== undefined)
  throw new RangeError(`no such scenario: ${unknown}; there are ${SCENARIOS.map((one) => one.name).join(', ')}`);
const asked = given.servers?.split(',');
asked?.forEach(parseServer);

const plan = { ...(given.quick ? QUICK : FULL), cores: chooseCores() };
if (given.rounds !== undefined) plan.rounds = Number(given.rounds);
for (const scenario of SCENARIOS) {
  if (chosen !== undefined && !chosen.some((name) => scenario.name.startsWith(name))) continue;
  const servers = asked?.filter((name) => scenario.servers.includes(parseServer(name).base)) ?? scenario.servers;
  if (servers.length === 0) continue;
  console.log(`\n### ${scenario.title} (${scenario.name})\n`);
  console.log(table('message', await measureRounds(scenario, servers, plan)));
}
