// What a run does, from its arguments: which scenarios, on which servers, how often and how long.

import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SCENARIOS } from './scenarios/index.mjs';
import { missing, parseServer } from './servers.mjs';

const FULL = { rounds: 7, roundMs: 300, warmUpMs: 700, mostConnections: Infinity };
const QUICK = { rounds: 3, roundMs: 150, warmUpMs: 400, mostConnections: 1000 };
/** What a process has open besides connections. */
const OTHER_FILES = 100;

export const USAGE = `npm run bench -- [options]
  --quick                 fewer and shorter rounds, fewer connections
  --only <scenario,...>   those whose names begin so: ${SCENARIOS.map(({ name }) => name).join(' ')}
  --servers <server,...>  of those that a scenario is for; nestwire@<dist> measures another build of ours
  --rounds <number>       --round-ms <number>       --warm-up-ms <number>
  --json <file>           writes all figures, for bench/merge.mjs
  --profile <server>      instead of measuring, says where that server spends its time`;

/** @throws RangeError, TypeError for arguments that cannot be meant */
export function makePlan(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      ...Object.fromEntries(STRINGS.map((name) => [name, { type: 'string' }])),
    },
  });
  const base = values.quick ? QUICK : FULL;
  const servers = (values.profile ?? values.servers)?.split(',');
  const scenarios = chooseScenarios(values.only?.split(','), servers);
  const absent = findAbsent(scenarios);
  return {
    isHelp: values.help,
    isProfile: values.profile !== undefined,
    jsonFile: values.json,
    scenarios: scenarios
      .map((one) => ({ ...one, servers: one.servers.filter((name) => !(name in absent)) }))
      .filter((one) => one.servers.length > 0),
    absent,
    rounds: toCount('rounds', values.rounds, base.rounds),
    roundMs: toCount('round-ms', values['round-ms'], base.roundMs),
    warmUpMs: toCount('warm-up-ms', values['warm-up-ms'], base.warmUpMs),
    mostConnections: Math.min(base.mostConnections, openFilesLimit() - OTHER_FILES),
    cores: chooseCores(),
  };
}

const STRINGS = ['only', 'servers', 'rounds', 'round-ms', 'warm-up-ms', 'json', 'profile'];

function chooseScenarios(prefixes, servers) {
  const unknown = prefixes?.find((prefix) => !SCENARIOS.some(({ name }) => name.startsWith(prefix)));
  if (unknown !== undefined) throw new RangeError(`no such scenario: ${unknown}`);
  const bases = servers?.map((name) => ({ name, base: parseServer(name).base }));
  return SCENARIOS.filter(
    ({ name }) => prefixes === undefined || prefixes.some((prefix) => name.startsWith(prefix)),
  ).map((scenario) => ({
    ...scenario,
    servers: bases?.filter(({ base }) => scenario.servers.includes(base)).map(({ name }) => name) ?? scenario.servers,
  }));
}

/** @returns for each server that cannot be measured here, why */
function findAbsent(scenarios) {
  const names = [...new Set(scenarios.flatMap(({ servers }) => servers))];
  return Object.fromEntries(names.map((name) => [name, missing(name)]).filter(([, reason]) => reason !== undefined));
}

function toCount(option, given, otherwise) {
  const count = given === undefined ? otherwise : Number(given);
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`--${option} must be a number from 1 on, not ${given}`);
  return count;
}

/** Node raises its own limit as far as it may. */
function openFilesLimit() {
  const limit = Number(spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout);
  return Number.isInteger(limit) ? limit : Infinity;
}

/** Server and client on cores of their own, where that can be asked for. */
function chooseCores() {
  const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0;
  return canPin ? { server: 0, client: 1 } : { server: undefined, client: undefined };
}
