// The results of one scenario as a table: one for each kind of measurement.

import { digits, markdownTable, megabytes, percent, withSpread } from './markdown.mjs';
import { costsOf, samplesOf, timesCheaper } from './run-results.mjs';
import { median, spread } from './statistics.mjs';

export function tableOf(run, scenario) {
  const { servers } = run.results.find((one) => one.scenario === scenario.name);
  const absent = scenario.servers.filter((server) => server in run.absent);
  const [header, cellsOf] = TABLES[scenario.kind](run, scenario);
  const rows = servers.map(({ server, samples }) => [server, ...cellsOf(server, samples)]);
  const notHere = absent.map((server) => [server, 'not here', ...header.slice(2).map(() => '')]);
  return markdownTable(header, [...rows, ...notHere]);
}

const TABLES = { rounds: roundsTable, memory: memoryTable, growth: growthTable };

function roundsTable(run, scenario) {
  const { unit } = scenario;
  const header = [
    'server',
    `CPU µs a ${unit}`,
    'in system',
    'times cheaper than ws',
    'than floor',
    `${unit}s a second`,
  ];
  const cellsOf = (server, samples) => [
    withSpread(spread(costsOf(run, scenario, server))),
    share(samples, ({ userUs, systemUs }) => systemUs / (userUs + systemUs)),
    ratio(run, scenario, 'ws', server),
    ratio(run, scenario, 'floor', server),
    digits(median(samples.map(({ messages, wallMs }) => (messages / wallMs) * 1000))),
    share(samples, ({ userUs, systemUs, wallMs }) => (userUs + systemUs) / 1000 / wallMs),
    share(samples, ({ clientUs, wallMs }) => clientUs / 1000 / wallMs),
  ];
  return [[...header, 'server busy', 'client busy'], cellsOf];
}

function memoryTable(run, scenario) {
  const { connections } = samplesOf(
    run,
    scenario.name,
    run.results.find((one) => one.scenario === scenario.name).servers[0].server,
  )[0];
  const header = ['server', `bytes each of ${connections.toLocaleString('en')}, heap and external`, 'resident'];
  const cellsOf = (server, samples) => [
    withSpread(spread(costsOf(run, scenario, server))),
    withSpread(spread(samples.map(({ rssBytes }) => rssBytes))),
    withSpread(spread(samples.map(({ leftBytes }) => leftBytes))),
    shareOf(run, scenario, 'ws', server),
    shareOf(run, scenario, 'platform-ws', server),
  ];
  return [[...header, 'left after closing', 'of ws', 'of platform-ws'], cellsOf];
}

function growthTable(run, scenario) {
  const cellsOf = (server, samples) => [
    megabytes(median(samples.map(({ rssBytes }) => rssBytes))),
    megabytes(median(samples.map(({ rssBeforeCollectingBytes }) => rssBeforeCollectingBytes))),
    shareOf(run, scenario, 'ws', server),
  ];
  return [['server', 'grown by, resident', 'before collecting garbage', 'of ws'], cellsOf];
}

function ratio(run, scenario, theirs, ours) {
  if (theirs === ours) return '';
  const times = timesCheaper(run, scenario, theirs, ours);
  return times === undefined ? '' : withSpread(spread(times));
}

const shareOf = (run, scenario, theirs, ours) => ratio(run, scenario, ours, theirs);

const share = (samples, of) => percent(median(samples.map(of)));
