// From how many bytes does Node's native check of UTF-8 beat stepping through the bytes? Each judges one piece of a text,
// all ASCII or mostly not, that ends with a whole character; rounds interleaved; medians, and the ratio. The native way is
// lib's own code with the threshold set to 0.
//
//   npm run build && node bench/micro/utf8.mjs

import { readFileSync } from 'node:fs';
import { Utf8Validator } from '../../dist/esm/message/utf8-validator.js';
import { median } from '../report/statistics.mjs';

const SIZES = [4, 8, 16, 24, 32, 40, 48, 64, 128, 256, 1024, 4096];
const TEXTS = { ASCII: 'The quick brown fox. ', 'non-ASCII': 'Привет, мир! 日本語のテキスト 🙂🚀 ' };
const ROUNDS = 31;
const BYTES_PER_ROUND = 1 << 17;
const MAX_CALLS_PER_ROUND = 4096;

const source = readFileSync(new URL('../../dist/esm/message/utf8-validator.js', import.meta.url), 'utf8');
const THRESHOLD = /NATIVE_PAYS_FROM = (\d+)/;
const threshold = Number(THRESHOLD.exec(source)[1]);
const always = source.replace(THRESHOLD, 'NATIVE_PAYS_FROM = 0');
const { Utf8Validator: NativeValidator } = await import(`data:text/javascript,${encodeURIComponent(always)}`);

/** So many bytes of whole characters. */
function pieceOf(text, size) {
  let piece = '';
  let bytes = 0;
  for (const character of text.repeat(size)) {
    const more = Buffer.byteLength(character);
    if (bytes + more > size) break;
    piece += character;
    bytes += more;
  }
  return Buffer.from(piece + '.'.repeat(size - bytes));
}

function time(run, calls) {
  let valid = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) if (run()) valid++;
  const ns = Number(process.hrtime.bigint() - start) / calls;
  if (valid !== calls) throw new Error('valid text was refused');
  return ns;
}

const cases = SIZES.flatMap((size) =>
  Object.entries(TEXTS).map(([name, text]) => {
    const piece = pieceOf(text, size);
    const [stepping, native, lib] = [new Utf8Validator(), new NativeValidator(), new Utf8Validator()];
    const ways = {
      stepping: () => stepping.pushPlainly(piece),
      native: () => native.push(piece),
      lib: () => lib.push(piece),
    };
    return { size, name, ways, times: { stepping: [], native: [], lib: [] } };
  }),
);

// All cases before any is timed for good, so that each meets the same compiled code; the first rounds are not counted.
for (let round = -5; round < ROUNDS; round++) {
  for (const { size, ways, times } of cases) {
    const calls = Math.min(MAX_CALLS_PER_ROUND, Math.ceil(BYTES_PER_ROUND / size));
    for (const [way, run] of Object.entries(ways)) {
      const ns = time(run, calls);
      if (round >= 0) times[way].push(ns);
    }
  }
}

console.log(`The native check from ${threshold} bytes on (NATIVE_PAYS_FROM).\n`);
console.log('| bytes | text | stepping ns | native ns | lib ns | stepping / native |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const { size, name, times } of cases) {
  const [stepping, native, lib] = [median(times.stepping), median(times.native), median(times.lib)];
  console.log(
    `| ${size}${size === threshold ? ' (threshold)' : ''} | ${name} | ${stepping.toFixed(0)} | ${native.toFixed(0)} ` +
      `| ${lib.toFixed(0)} | ${(stepping / native).toFixed(2)} |`,
  );
}
console.log();
for (const name of Object.keys(TEXTS)) {
  const pays = cases.find((one) => one.name === name && median(one.times.native) < median(one.times.stepping));
  console.log(`Here native wins from ${pays?.size ?? 'no size'} on for ${name}, of the sizes tried.`);
}
