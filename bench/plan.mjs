// What a run does, from its arguments: which scenarios, on which servers, how often and how long.

import { parseArgs } from 'node:util';
import { chooseCores, mostConnections } from './environment.mjs';
import { SCENARIOS } from './scenarios/index.mjs';
import { parseServer, reasonOfAbsence } from './servers.mjs';

const FULL = { rounds: 7, roundMs: 300, warmUpMs: 700, connections: 10_000 };
const QUICK = { rounds: 3, roundMs: 150, warmUpMs: 400, connections: 1000 };

export const USAGE = `npm run bench -- [options]
  --quick                 fewer and shorter rounds, fewer connections, and without what no goal is set for
  --only <scenario,...>   these, or all that begin so: ${SCENARIOS.map(({ name }) => name).join(' ')}
  --servers <server,...>  of those that a scenario is for; nestwire@<dist> measures another build of ours
  --rounds <number>       --round-ms <number>       --warm-up-ms <number>       --connections <number>
  --json <file>           writes all figures, for bench/merge.mjs
  --profile               says where each server spends its time, instead of measuring`;

const FLAGS = ['quick', 'help', 'profile'];
const STRINGS = ['only', 'servers', 'rounds', 'round-ms', 'warm-up-ms', 'connections', 'json'];

/** @throws RangeError, TypeError for arguments that cannot be meant */
export function makePlan(args) {
  const options = [
    ...FLAGS.map((name) => [name, { type: 'boolean' }]),
    ...STRINGS.map((name) => [name, { type: 'string' }]),
  ];
  const { values } = parseArgs({ args, options: Object.fromEntries(options) });
  const base = values.quick ? QUICK : FULL;
  const connections = Math.min(toCount('connections', values.connections, base.connections), mostConnections());
  const hasEnough = ({ needsConnections = 0 }) => needsConnections <= connections;
  const isLong = ({ onlyInFull = false }) => values.quick && values.only === undefined && onlyInFull;
  const steps = chooseScenarios(values.only)
    .filter((scenario) => hasEnough(scenario) && !isLong(scenario))
    .map((scenario) => ({
      scenario,
      servers: chooseServers(scenario, values.servers?.split(',')),
    }));
  const absent = findAbsent(steps);
  for (const step of steps) step.servers = step.servers.filter((name) => !Object.hasOwn(absent, name));
  return {
    isHelp: values.help,
    isProfile: values.profile,
    jsonFile: values.json,
    steps: steps.filter(({ servers }) => servers.length > 0),
    absent,
    rounds: toCount('rounds', values.rounds, base.rounds),
    roundMs: toCount('round-ms', values['round-ms'], base.roundMs),
    warmUpMs: toCount('warm-up-ms', values['warm-up-ms'], base.warmUpMs),
    connections,
    cores: chooseCores(),
  };
}

/** A name chooses that scenario, and the beginning of a name all that begin so. */
function chooseScenarios(asked) {
  if (asked === undefined) return SCENARIOS;
  const chosen = new Set(
    asked.split(',').flatMap((part) => {
      const named = SCENARIOS.filter(({ name }) => name === part);
      const begun = named.length > 0 ? named : SCENARIOS.filter(({ name }) => part !== '' && name.startsWith(part));
      if (begun.length === 0) throw new RangeError(`no such scenario: ${part}`);
      return begun;
    }),
  );
  return SCENARIOS.filter((scenario) => chosen.has(scenario));
}

function chooseServers(scenario, asked) {
  return asked?.filter((name) => scenario.servers.includes(parseServer(name).base)) ?? scenario.servers;
}

/** @returns for each server that cannot be measured here, why */
function findAbsent(steps) {
  const names = new Set(steps.flatMap(({ servers }) => servers));
  const reasons = [...names].map((name) => [name, reasonOfAbsence(name)]);
  return Object.fromEntries(reasons.filter(([, reason]) => reason !== undefined));
}

function toCount(option, given, otherwise) {
  const count = given === undefined ? otherwise : Number(given);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new RangeError(`--${option} must be a number from 1 on, not ${given}`);
}
