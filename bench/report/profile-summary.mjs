// V8's profile as a summary: which share of the time each part of the house took, and the functions that took most of it.
// A function counts with what it did itself, not with what it called.

import { digits, markdownTable, percent } from './markdown.mjs';

const MOST = 20;

const BENCH = new URL('../', import.meta.url).href;
/** By which Node's streams reach the system: writev, writeBuffer, writeLatin1String, shutdown. */
const SOCKET_CALL = /^(write(v|Buffer|\w+String)|shutdown|readStart|readStop)$/;

/** The first that fits, by the place of a function's source and its name. */
const PARTS = [
  ['waiting', ({ functionName }) => functionName === '(idle)'],
  ['garbage collection', ({ functionName }) => functionName === '(garbage collector)'],
  ['system calls of sockets', ({ url, functionName }) => url === '' && SOCKET_CALL.test(functionName)],
  ['event loop and V8, without JavaScript', ({ functionName }) => ['(program)', '(root)'].includes(functionName)],
  ['native functions', ({ url }) => url === ''],
  ['RxJS', ({ url }) => url.includes('/node_modules/rxjs/')],
  ['Nest', ({ url }) => url.includes('/node_modules/@nestjs/')],
  ['other packages', ({ url }) => url.includes('/node_modules/')],
  ['the application of the benchmark', ({ url }) => url.startsWith(BENCH)],
  ['nestwire', ({ url }) => url.includes('/dist/esm/')],
  ['Node’s own JavaScript', ({ url }) => url.startsWith('node:')],
  ['anything else', () => true],
];

export function reportProfile(scenario, server, { profile, round }) {
  const selfTimes = selfTimesOf(profile);
  const all = [...selfTimes.values()].reduce((sum, time) => sum + time, 0);
  const { userUs, systemUs, messages } = round;
  return [
    `### ${server}, ${scenario.title}`,
    `${digits((userUs + systemUs) / messages)} µs a ${scenario.unit} while profiled, ${percent(systemUs / (userUs + systemUs))} of it in the system.`,
    markdownTable(['part', 'share of the time'], sharesBy(profile, selfTimes, all, partOf)),
    markdownTable(['function', 'share of the time'], sharesBy(profile, selfTimes, all, placeOf).slice(0, MOST)),
  ].join('\n\n');
}

/** Microseconds by the id of a node. */
function selfTimesOf({ samples, timeDeltas }) {
  const times = new Map();
  for (const [i, id] of samples.entries()) times.set(id, (times.get(id) ?? 0) + timeDeltas[i]);
  return times;
}

function sharesBy({ nodes }, selfTimes, all, nameOf) {
  const sums = new Map();
  for (const { id, callFrame } of nodes) {
    const name = nameOf(callFrame);
    sums.set(name, (sums.get(name) ?? 0) + (selfTimes.get(id) ?? 0));
  }
  return [...sums]
    .filter(([, time]) => time > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, time]) => [name, `${((time / all) * 100).toFixed(1)} %`]);
}

const partOf = (callFrame) => PARTS.find(([, isPart]) => isPart(callFrame))[0];

function placeOf({ functionName, url, lineNumber }) {
  const file = url.replace(BENCH, '').replace(/^.*\/(node_modules|dist\/esm)\//, '');
  return `${functionName || '(anonymous)'} ${file && `${file}:${lineNumber + 1}`}`.trim();
}
