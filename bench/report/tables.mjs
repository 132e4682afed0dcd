// The results of one scenario as a table: one for each kind of measurement.

import { digits, markdownTable, megabytes, percent, withSpread } from './markdown.mjs';
import { costsOf, timesCheaper } from './run-results.mjs';
import { median, spread } from './statistics.mjs';

export function tableOf(run, scenario) {
  const { servers } = resultOf(run, scenario);
  const absent = scenario.servers.filter((server) => server in run.absent);
  const [header, cellsOf] = TABLES[scenario.kind](run, scenario);
  const rows = servers.map(({ server, samples }) => [server].concat(cellsOf(server, samples)));
  const notHere = absent.map((server) => [server, 'not here'].concat(Array(header.length - 2).fill('')));
  return markdownTable(header, [...rows, ...notHere]);
}

const resultOf = (run, scenario) => run.results.find((one) => one.scenario === scenario.name);

const TABLES = { rounds: roundsTable, deliveries: deliveriesTable, memory: memoryTable, growth: growthTable };

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

function deliveriesTable(run, scenario) {
  const [header, roundsCellsOf] = roundsTable(run, scenario);
  const number = (samples, key) => {
    const known = samples.map((sample) => sample[key]).filter((value) => typeof value === 'number');
    return known.length === 0 ? '' : digits(median(known));
  };
  const cellsOf = (server, samples) => [
    ...roundsCellsOf(server, samples),
    ...['allocatedBytes', 'writtenBytes', 'writes'].map((key) => number(samples, key)),
  ];
  return [[...header, 'bytes allocated', 'bytes written', 'write calls'], cellsOf];
}

function memoryTable(run, scenario) {
  const [{ samples }] = resultOf(run, scenario).servers;
  const connections = samples[0].connections.toLocaleString('en');
  const header = [`resident bytes each of ${connections}`, 'of ws', 'of platform-ws', 'heap and external bytes'];
  const cellsOf = (server, samples) => [
    withSpread(spread(costsOf(run, scenario, server))),
    shareOf(run, scenario, 'ws', server),
    shareOf(run, scenario, 'platform-ws', server),
    withSpread(spread(samples.map(({ usedBytes }) => usedBytes))),
    withSpread(spread(samples.map(({ leftBytes }) => leftBytes))),
  ];
  return [['server', ...header, 'left of them after closing'], cellsOf];
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
