// From how many bytes does masking word by word beat the plain loop, and what would the native `bufferutil` do? Each masks
// one payload in place, behind a header of the size it would have; rounds interleaved; medians, and the ratios. The words
// are lib's own code with the threshold set to 0. `bufferutil` is given its view ready made, and does not tell what is ASCII.
//
//   npm run build && node bench/micro/mask.mjs

import { readFileSync } from 'node:fs';
import { headerSize } from '../../dist/esm/frame/frame-header.js';
import { applyMask, applyMaskPlainly } from '../../dist/esm/frame/mask.js';
import { median } from '../report/statistics.mjs';

const SIZES = [8, 16, 24, 32, 40, 48, 56, 64, 96, 128, 256, 1024, 4096, 16_384, 65_536];
const ROUNDS = 31;
const BYTES_PER_ROUND = 1 << 18;
const MAX_CALLS_PER_ROUND = 4096;
const KEY = 0x12345678;
const KEY_BYTES = Buffer.from([0x78, 0x56, 0x34, 0x12]);
const MASK_KEY_BYTES = 4;

const source = readFileSync(new URL('../../dist/esm/frame/mask.js', import.meta.url), 'utf8');
const THRESHOLD = /WORDS_PAY_FROM = (\d+)/;
const threshold = Number(THRESHOLD.exec(source)[1]);
const always = source.replace(THRESHOLD, 'WORDS_PAY_FROM = 0');
const { applyMask: applyMaskInWords } = await import(`data:text/javascript,${encodeURIComponent(always)}`);

/** It comes with another package, or not at all; without its native part it is a plain loop. */
async function loadBufferutil() {
  const path = '../../node_modules/bufferutil/index.js';
  const bufferutil = await import(path).then(
    (module) => module.default,
    () => undefined,
  );
  if (bufferutil === undefined) return { state: 'not installed' };
  return String(bufferutil.unmask).includes('[native code]')
    ? { state: 'native', unmask: bufferutil.unmask }
    : { state: 'without its native part' };
}

function time(run, calls) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) run();
  return Number(process.hrtime.bigint() - start) / calls;
}

const { state, unmask } = await loadBufferutil();

function contenders(size) {
  const start = headerSize(size) + MASK_KEY_BYTES;
  const end = start + size;
  const bytes = Buffer.alloc(end, 'nestwire ');
  const payload = bytes.subarray(start);
  const ways = {
    plain: () => applyMaskPlainly(bytes, start, end, KEY),
    words: () => applyMaskInWords(bytes, start, end, KEY),
    lib: () => applyMask(bytes, start, end, KEY),
  };
  if (unmask) ways.bufferutil = () => unmask(payload, KEY_BYTES);
  for (const way of Object.values(ways)) {
    const before = Buffer.from(payload);
    way();
    const isMasked = payload.every((byte, i) => byte === (before[i] ^ KEY_BYTES[i & 3]));
    if (!isMasked) throw new Error(`${size} bytes are masked wrongly`);
  }
  return ways;
}

const cases = SIZES.map((size) => {
  const ways = contenders(size);
  return { size, ways, times: Object.fromEntries(Object.keys(ways).map((name) => [name, []])) };
});

// All sizes before any is timed for good, so that each meets the same compiled code; the first rounds are not counted.
for (let round = -5; round < ROUNDS; round++) {
  for (const { size, ways, times } of cases) {
    const calls = Math.min(MAX_CALLS_PER_ROUND, Math.ceil(BYTES_PER_ROUND / size));
    for (const [name, way] of Object.entries(ways)) {
      const ns = time(way, calls);
      if (round >= 0) times[name].push(ns);
    }
  }
}

console.log(`Words from ${threshold} bytes on (WORDS_PAY_FROM); bufferutil: ${state}.\n`);
console.log('| bytes | plain ns | words ns | lib ns | bufferutil ns | plain / words | bufferutil / lib |');
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const { size, times } of cases) {
  const [plain, words, lib] = [median(times.plain), median(times.words), median(times.lib)];
  const theirs = times.bufferutil ? median(times.bufferutil) : undefined;
  console.log(
    `| ${size}${size === threshold ? ' (threshold)' : ''} | ${plain.toFixed(0)} | ${words.toFixed(0)} | ${lib.toFixed(0)} ` +
      `| ${theirs?.toFixed(0) ?? '-'} | ${(plain / words).toFixed(2)} | ${theirs ? (theirs / lib).toFixed(2) : '-'} |`,
  );
}
const pays = cases.find(({ times }) => median(times.words) < median(times.plain));
console.log(`\nHere words win from ${pays?.size ?? 'no size'} on, of the sizes tried.`);
