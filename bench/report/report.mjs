// The whole report of a run, or of several: where, a table for each scenario, all of them at a glance, and the goals.

import { GOALS } from '../goals.mjs';
import { SCENARIOS } from '../scenarios/index.mjs';
import { judge } from './goal-verdicts.mjs';
import { digits, markdownTable } from './markdown.mjs';
import { hasRounds, mergeRuns, timesCheaper } from './run-results.mjs';
import { median } from './statistics.mjs';
import { tableOf } from './tables.mjs';

const REFERENCE = 'ws';
const EXPLANATION =
  'CPU is user and system time of the server’s process, all its threads, from the process’s own accounting. Medians (least–most) ' +
  'of rounds that the servers took in turn; ratios are of rounds side by side. “Client busy” is the share of one core that the ' +
  'load client used: below 100 % it was waiting for the server.';

export function reportHead(run) {
  return `## Benchmark\n\n${run.machine}.\n\n${EXPLANATION}`;
}

export function reportScenario(run, scenario) {
  return `### ${scenario.title} (\`${scenario.name}\`)\n\n${tableOf(run, scenario)}`;
}

/** @param runs one or more of the same scenarios and servers */
export function reportEnd(runs) {
  const run = mergeRuns(runs);
  const measured = SCENARIOS.filter(({ name }) => run.results.some(({ scenario }) => scenario === name));
  return [
    `### At a glance: times cheaper than \`${REFERENCE}\`\n\n${glance(run, measured)}`,
    `### Goals\n\n${goals(runs, run, measured)}`,
    `### Measured\n\n${versions(run)}`,
  ].join('\n\n');
}

export function reportRuns(runs) {
  const run = mergeRuns(runs);
  const tables = run.results.map(({ scenario }) => reportScenario(run, findScenario(scenario)));
  return [reportHead(run), `${runs.length} runs.`, ...tables, reportEnd(runs)].join('\n\n');
}

const findScenario = (name) => SCENARIOS.find((scenario) => scenario.name === name);

function glance(run, scenarios) {
  const compared = scenarios.filter(hasRounds);
  const servers = [...new Set(run.results.flatMap(({ servers }) => servers.map(({ server }) => server)))];
  const cell = (scenario, server) => {
    const times = timesCheaper(run, scenario, REFERENCE, server);
    return times === undefined ? '' : digits(median(times));
  };
  const others = servers.filter((server) => server !== REFERENCE);
  return markdownTable(
    ['scenario', ...others],
    compared.map((scenario) => [scenario.title].concat(others.map((server) => cell(scenario, server)))),
  );
}

function goals(runs, run, scenarios) {
  const rows = GOALS.filter((goal) => scenarios.some(({ name }) => name === goal.scenario)).map((goal) => {
    const scenario = findScenario(goal.scenario);
    const { measured, floor, verdict } = judge(run, scenario, goal);
    const number = (value) => (value === undefined ? '' : digits(value));
    return [
      `${scenario.title}: ${goal.ours} ${goal.isShare ? 'as a share of' : 'against'} ${goal.theirs}`,
      `${goal.isShare ? '≤ ' : ''}${number(goal.atLeast)}`,
      number(goal.beyond),
      number(measured),
      runs.map((one) => number(judge(one, scenario, goal).measured)).join(', '),
      number(floor),
      verdict,
    ];
  });
  return markdownTable(['goal', 'at least', 'beyond', 'measured', 'each run', 'floor', ''], rows);
}

function versions({ results, absent }) {
  const known = new Map(results.flatMap(({ servers }) => servers.map(({ server, version }) => [server, version])));
  const missing = Object.entries(absent).map(([server, reason]) => `- ${server}: not here, ${reason}`);
  const present = [...known].map(([server, version]) => `- ${server}: ${version}`);
  return [...present, ...missing, '- uWebSockets.js: not here, it is not on npm'].join('\n');
}
