// What does it cost to write a text into a buffer that is there, and to read it out again: as Latin-1, as UTF-8, and through a
// buffer of its own? Decides that text which is known to be ASCII is read as Latin-1, and that text is written as UTF-8
// without looking at it first. Rounds interleaved; medians in ns a call, and the ratios.
//
//   node bench/micro/text.mjs

import { median } from '../report/statistics.mjs';

const SIZES = [16, 64, 256, 1024, 16_384, 65_536];
const TEXTS = { ASCII: 'The quick brown fox. ', 'non-ASCII': 'Привет, мир! 日本語のテキスト 🙂🚀 ' };
const ROUNDS = 31;
const BYTES_PER_ROUND = 1 << 18;
const MAX_CALLS_PER_ROUND = 4096;

function textOf(unit, size) {
  let text = '';
  for (const character of unit.repeat(size)) {
    if (Buffer.byteLength(text + character) > size) break;
    text += character;
  }
  return text;
}

function waysOf(name, text) {
  const target = Buffer.alloc(2 * Buffer.byteLength(text));
  const bytes = Buffer.from(text);
  const ways = {
    'write: utf8Write': () => target.utf8Write(text, 0),
    'write: byteLength, utf8Write': () => Buffer.byteLength(text) + target.utf8Write(text, 0),
    'write: Buffer.from, copy': () => Buffer.from(text).copy(target, 0),
    'read: utf8Slice': () => bytes.utf8Slice(0, bytes.length).length,
  };
  if (name !== 'ASCII') return ways;
  return {
    ...ways,
    'write: latin1Write': () => target.latin1Write(text, 0),
    'read: latin1Slice': () => bytes.latin1Slice(0, bytes.length).length,
  };
}

function time(run, calls) {
  let done = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) done += run();
  const ns = Number(process.hrtime.bigint() - start) / calls;
  if (done === 0) throw new Error('nothing was written');
  return ns;
}

const cases = SIZES.flatMap((size) =>
  Object.entries(TEXTS).map(([name, unit]) => {
    const ways = waysOf(name, textOf(unit, size));
    return { size, name, ways, times: Object.fromEntries(Object.keys(ways).map((way) => [way, []])) };
  }),
);

for (let round = -5; round < ROUNDS; round++) {
  for (const { size, ways, times } of cases) {
    const calls = Math.min(MAX_CALLS_PER_ROUND, Math.ceil(BYTES_PER_ROUND / size));
    for (const [way, run] of Object.entries(ways)) {
      const ns = time(run, calls);
      if (round >= 0) times[way].push(ns);
    }
  }
}

const columns = Object.keys(waysOf('ASCII', 'x'));
console.log(`| bytes | text | ${columns.join(' | ')} |`);
console.log(`| --- | --- | ${columns.map(() => '---').join(' | ')} |`);
for (const { size, name, times } of cases) {
  const cells = columns.map((way) => (times[way] === undefined ? '' : median(times[way]).toFixed(0)));
  console.log(`| ${size} | ${name} | ${cells.join(' | ')} |`);
}
