// How hard should zlib work on a message? CPU time and size for its levels, over records and events of JSON, prose and text
// that is not ASCII, from 1 to 16 KiB: without windows, and with those of 32 connections, which are more than a processor's
// near caches hold. Rounds interleaved; the least time of each, since noise only adds; each beside level 6, zlib's own choice.
//
//   npm run build && node bench/micro/deflate-level.mjs

import { readFileSync } from 'node:fs';
import { ZlibContext } from '../../dist/esm/connection/zlib/zlib-context.js';

const LEVELS = [6, 5, 4, 3, 2, 1];
const SIZES = [1024, 4096, 16_384];
const ROUNDS = 7;
const BYTES_PER_ROUND = 1 << 20;
/** Different messages in turn, together more than a window. */
const MESSAGES = 64;
const CONNECTIONS = 32;
/** Neighbouring seeds begin with neighbouring numbers. */
const SEED_STEP = 40_503;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const ALPHABET = 'абвгдежзийклмнопрстуфхцчшщъыьэюя';
const PAGES = ['ARCHITECTURE.md', 'README.md', 'docs/performance.md', 'docs/protocol.md', 'docs/migration.md'];

const prose = PAGES.map((page) => readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8')).join('\n');
const words = prose.match(/[a-z]{3,}/g);

/** @returns a source of numbers below the one it is given; each run has the same */
function numbers(seed) {
  return (below) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
}

const say = (random, count) => Array.from({ length: count }, () => words[random(words.length)]).join(' ');

const record = (random) =>
  JSON.stringify({
    id: random(1e9),
    symbol: ['NEST', 'WIRE', 'NODE', 'RXJS'][random(4)],
    price: random(1e6) / 100,
    volume: random(1e5),
    at: new Date(1.7e12 + random(1e10)),
  });

const event = (random) =>
  JSON.stringify({
    event: ['chat.message', 'user.joined', 'presence', 'order.update'][random(4)],
    data: {
      id: random(1e9),
      user: { name: say(random, 2), avatar: `https://cdn.example.com/u/${random(1e9).toString(36)}.png` },
      text: say(random, 3 + random(12)),
      at: new Date(1.7e12 + random(1e10)),
    },
  });

const foreign = (random) =>
  say(random, 8).replaceAll(/[a-z]/g, (letter) => ALPHABET[(letter.charCodeAt(0) * 7) % ALPHABET.length]);

function repeat(make, size, random) {
  let text = '';
  while (Buffer.byteLength(text) < size) text += make(random);
  return text;
}

/** Text of at least so many bytes. */
const KINDS = {
  records: (size, random) => repeat(record, size, random),
  events: (size, random) => repeat(event, size, random),
  prose: (size, random) => prose.slice(random(prose.length - size)),
  'not ASCII': (size, random) => repeat(foreign, size, random),
  // The same state again and again, of which one record has changed.
  snapshots: (size, random) => record(random) + repeat(record, size, numbers(0)),
};

const messagesOf = (kind, size) =>
  Array.from({ length: MESSAGES }, (_, which) =>
    Buffer.from(KINDS[kind](size, numbers(which * SEED_STEP))).subarray(0, size),
  );

function runRound(contexts, messages, isKept, count) {
  let bytes = 0;
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    const context = contexts[i % contexts.length];
    const which = (i % contexts.length) * 2 + Math.floor(i / contexts.length);
    bytes += context.runNow(messages[which % MESSAGES], NO_LIMIT).output.length;
    if (!isKept) context.reset();
  }
  const { user, system } = process.cpuUsage(before);
  return { us: (user + system) / count, bytes: bytes / count };
}

function measure(kind, size, isKept) {
  const messages = messagesOf(kind, size);
  const count = BYTES_PER_ROUND / size;
  const runs = LEVELS.map((level) => ({
    contexts: Array.from({ length: isKept ? CONNECTIONS : 1 }, () => ZlibContext.forDeflate({ level })),
    us: Infinity,
    bytes: 0,
  }));
  // The first round also fills windows.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const run of runs) {
      const { us, bytes } = runRound(run.contexts, messages, isKept, count);
      if (round > 0) Object.assign(run, { us: Math.min(run.us, us), bytes });
    }
  }
  for (const { contexts } of runs) for (const context of contexts) context.close();
  return runs;
}

console.log('CPU µs a message, and bytes; as shares of level 6 from the second column on.\n');
for (const isKept of [false, true]) {
  console.log(`| ${isKept ? 'windows kept' : 'no windows kept'} | level ${LEVELS.join(' | ')} |`);
  console.log(
    `| ${Array(LEVELS.length + 1)
      .fill('---')
      .join(' | ')} |`,
  );
  for (const kind of Object.keys(KINDS)) {
    for (const size of SIZES) {
      const [first, ...others] = measure(kind, size, isKept);
      const shares = others.map(
        ({ us, bytes }) => `${(us / first.us).toFixed(2)}, ${(bytes / first.bytes).toFixed(2)}`,
      );
      const name = `${kind}, ${size / 1024} KiB`;
      console.log(`| ${name} | ${first.us.toFixed(1)} µs, ${first.bytes.toFixed(0)} B | ${shares.join(' | ')} |`);
    }
  }
  console.log();
}
