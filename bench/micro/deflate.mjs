// What does zlib cost at once on a kept context, as Node's one-shot function, and on another thread? JSON from 64 B to 1 MiB,
// one message after the other; the contexts are reset after each, as where windows are not kept, so that all do the same
// work. Wall time and CPU time of the whole process for one message; "loop" is how long the event loop is kept busy by a
// message that goes to another thread: at once, it is the wall time. Rounds interleaved; medians, and the ratios.
//
//   npm run build && node bench/micro/deflate.mjs

import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { ZlibContext } from '../../dist/esm/connection/zlib/zlib-context.js';
import { median } from '../report/statistics.mjs';

const SIZES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];
const ROUNDS = 7;
/** So that what runs first does not pay for the compiling. */
const WARM_UP_ROUNDS = 2;
/** A round of one way at one size. */
const ROUND_MS = 15;
const MAX_CALLS_PER_ROUND = 2000;
/** Different ones, in turn. */
const MESSAGES = 8;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const FLUSH = { finishFlush: constants.Z_SYNC_FLUSH };

const sizes = (bytes) => (bytes < 1024 ? `${bytes} B` : bytes < 1_048_576 ? `${bytes / 1024} KiB` : '1 MiB');

function thresholdOf(file) {
  const source = readFileSync(new URL(`../../dist/esm/connection/zlib/${file}.js`, import.meta.url), 'utf8');
  return Number(/AT_ONCE_UP_TO = (\d+) \* 1024/.exec(source)[1]) * 1024;
}

/** Records that are alike but not the same; each run of the script has the same. */
function jsonOf(size, which) {
  let seed = which;
  const random = (below) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  let text = '[';
  while (text.length < size) {
    text += JSON.stringify({
      id: random(1e9),
      symbol: ['NEST', 'WIRE', 'NODE', 'RXJS'][random(4)],
      price: random(1e6) / 100,
      volume: random(1e5),
      at: new Date(1.7e12 + random(1e10)),
    });
    text += ',';
  }
  return Buffer.from(text.slice(0, size));
}

const later = (context, input) =>
  new Promise((resolve, reject) => {
    context.runLater(input, NO_LIMIT, (result) => {
      context.reset();
      if (result instanceof Error) reject(result);
      else resolve(result.output);
    });
  });

function now(context, input) {
  const { output } = context.runNow(input, NO_LIMIT);
  context.reset();
  return output;
}

async function time(way, isLater, inputs, calls) {
  const loopBefore = performance.eventLoopUtilization();
  const cpuBefore = process.cpuUsage();
  const start = process.hrtime.bigint();
  if (isLater) for (let i = 0; i < calls; i++) await way(inputs[i % MESSAGES]);
  else for (let i = 0; i < calls; i++) way(inputs[i % MESSAGES]);
  const wall = Number(process.hrtime.bigint() - start) / 1e3 / calls;
  const { user, system } = process.cpuUsage(cpuBefore);
  const loop = (performance.eventLoopUtilization(loopBefore).active * 1e3) / calls;
  return { wall, cpu: (user + system) / calls, loop };
}

const kept = {
  deflate: [ZlibContext.forDeflate({}), ZlibContext.forDeflate({})],
  inflate: [ZlibContext.forInflate({}), ZlibContext.forInflate({})],
};
const oneShots = { deflate: deflateRawSync, inflate: inflateRawSync };

const waysOf = (direction) => ({
  now: (input) => now(kept[direction][0], input),
  oneShot: (input) => oneShots[direction](input, FLUSH),
  later: (input) => later(kept[direction][1], input),
});

async function caseOf(direction, size) {
  const texts = Array.from({ length: MESSAGES }, (_, i) => jsonOf(size, i + 1));
  const compressed = texts.map((text) => deflateRawSync(text, FLUSH));
  const [inputs, outputs] = direction === 'deflate' ? [texts, compressed] : [compressed, texts];
  const ways = waysOf(direction);
  for (const [name, way] of Object.entries(ways)) {
    for (const [i, input] of inputs.entries()) {
      // Not compared with `compressed`: where output fills a chunk to the byte, zlib flushes once more.
      const output = await way(input);
      const text = direction === 'deflate' ? inflateRawSync(output, FLUSH) : output;
      if (!text.equals(texts[i])) throw new Error(`${direction} ${name}: another text`);
    }
  }
  return { direction, size, inputs, outputs, ways, calls: {}, times: { now: [], oneShot: [], later: [] } };
}

async function runRound({ inputs, ways, calls, times }, isWarmUp) {
  for (const [name, way] of Object.entries(ways)) {
    const result = await time(way, name === 'later', inputs, calls[name] ?? MESSAGES);
    calls[name] ??= Math.max(2, Math.min(MAX_CALLS_PER_ROUND, Math.round((ROUND_MS * 1e3) / result.wall)));
    if (!isWarmUp) times[name].push(result);
  }
}

const us = (value) => value.toFixed(value < 100 ? 1 : 0);

if (!ZlibContext.canRunNow) throw new Error('This Node does not let zlib run at once');
const threshold = { deflate: thresholdOf('message-deflater'), inflate: thresholdOf('message-inflater') };
console.log(
  `At once up to ${sizes(threshold.deflate)} to deflate, and up to ${sizes(threshold.inflate)} of compressed data to ` +
    'inflate (AT_ONCE_UP_TO), later above. All times in µs a message.\n',
);
console.log(
  '| bytes in | bytes out | lib runs it | now: wall | CPU | one-shot: wall | CPU | later: wall | CPU | loop ' +
    '| one-shot / now, CPU | later / now, CPU | later / now, wall | loop / now |',
);
console.log(`| ${Array(14).fill('---').join(' | ')} |`);
const cases = [];
for (const direction of ['deflate', 'inflate']) {
  for (const size of SIZES) cases.push(await caseOf(direction, size));
}
for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
  for (const one of cases) await runRound(one, round < 0);
}
for (const context of Object.values(kept).flat()) context.close();

for (const { direction, size, inputs, outputs, times } of cases) {
  const of = (name, what) => median(times[name].map((one) => one[what]));
  const isDeflate = direction === 'deflate';
  const bytesIn = median(inputs.map((input) => input.length));
  const bytesOut = median(outputs.map((output) => output.length));
  const lib = bytesIn <= threshold[direction] ? 'now' : 'later';
  const cells = [
    `${direction} ${isDeflate ? sizes(size) : bytesIn}`,
    isDeflate ? bytesOut : sizes(size),
    bytesIn === threshold[direction] ? `${lib} (threshold)` : lib,
    ...['now', 'oneShot', 'later'].flatMap((name) => [us(of(name, 'wall')), us(of(name, 'cpu'))]),
    us(of('later', 'loop')),
    (of('oneShot', 'cpu') / of('now', 'cpu')).toFixed(1),
    (of('later', 'cpu') / of('now', 'cpu')).toFixed(1),
    (of('later', 'wall') / of('now', 'wall')).toFixed(1),
    (of('later', 'loop') / of('now', 'wall')).toFixed(1),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
