// The results of a scenario as a table in Markdown: cost, throughput, and how many times cheaper than the references.

import { ratios, spread } from './statistics.mjs';

const REFERENCES = ['ws', 'floor'];

export const cpuUs = ({ userUs, systemUs, messages }) => (userUs + systemUs) / messages;

/** @param results what `measureRounds` returns */
export function table(unit, results) {
  const costs = new Map(results.map(({ server, rounds }) => [server, rounds.map(cpuUs)]));
  const header = [
    'server',
    `CPU µs/${unit} (min–max)`,
    'system',
    ...REFERENCES.map((name) => `× cheaper than ${name}`),
  ];
  header.push(`${unit}s/s`, 'server busy', 'client busy');
  const rows = results.map(({ server, rounds }) => [
    server,
    withSpread(spread(costs.get(server))),
    percent(rounds, ({ userUs, systemUs }) => systemUs / (userUs + systemUs)),
    ...REFERENCES.map((name) => timesCheaper(costs.get(name), costs.get(server))),
    Math.round(spread(rounds.map(({ messages, wallMs }) => (messages / wallMs) * 1000)).mid).toLocaleString('en'),
    percent(rounds, ({ userUs, systemUs, wallMs }) => (userUs + systemUs) / 1000 / wallMs),
    percent(rounds, ({ clientUs, wallMs }) => clientUs / 1000 / wallMs),
  ]);
  return markdown(header, rows);
}

export function markdown(header, rows) {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const timesCheaper = (theirs, ours) =>
  theirs === undefined || theirs === ours ? '' : withSpread(spread(ratios(theirs, ours)));

const percent = (rounds, share) => `${Math.round(spread(rounds.map(share)).mid * 100)} %`;

const withSpread = ({ low, mid, high }) => `${digits(mid)} (${digits(low)}–${digits(high)})`;

/** Three digits that say something. */
export const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
