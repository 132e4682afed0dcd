// Is an answer's envelope cheaper written by hand around the value's JSON than by JSON.stringify of an object that holds the
// value? Each way writes its text into a buffer, as answers are; rounds interleaved; medians, and the ratio.
//
//   npm run build && node bench/micro/envelope.mjs

import { encodeComplete, encodeNext } from '../../dist/esm/envelope/json-envelope.js';

const ROUNDS = 31;
const CALLS_PER_ROUND = 20_000;
const VALUES = { '20 B': 20, '100 B': 100, '1 KiB': 1024, '16 KiB': 16_384 };

const target = Buffer.alloc(64 * 1024);
const plainNext = (id, data) => JSON.stringify({ id, type: 'next', data });
const plainComplete = (id) => JSON.stringify({ id, type: 'complete' });

function time(encode) {
  let bytes = 0;
  const start = performance.now();
  for (let i = 0; i < CALLS_PER_ROUND; i++) bytes += target.write(encode(i), 0, 'utf8');
  const ns = ((performance.now() - start) * 1e6) / CALLS_PER_ROUND;
  if (bytes === 0) throw new Error('nothing was written');
  return ns;
}

const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];

function compare(name, byHand, plain) {
  if (byHand(7) !== plain(7)) throw new Error('not the same bytes');
  const [hand, object] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    hand.push(time(byHand));
    object.push(time(plain));
  }
  const [ours, theirs] = [median(hand), median(object)];
  console.log(
    `${name.padEnd(14)} by hand ${ours.toFixed(0).padStart(6)} ns   object ${theirs.toFixed(0).padStart(6)} ns   ${(theirs / ours).toFixed(2)}`,
  );
}

for (const [name, bytes] of Object.entries(VALUES)) {
  const value = { room: 'lobby', text: 'x'.repeat(bytes - 12) };
  compare(
    `next, ${name}`,
    (id) => encodeNext(id, value),
    (id) => plainNext(id, value),
  );
}
compare('complete', encodeComplete, plainComplete);
