// What does it cost to view a part of a buffer: by `subarray`, by the documented `Buffer.from`, and by lib's own way where the
// memory is known? Decides that payloads in the shared read buffer, and what is sent from the shared block, are viewed by
// `viewBuffer`. Rounds interleaved; medians in ns a call.
//
//   npm run build && node bench/micro/view.mjs

import { viewBuffer, viewByFrom } from '../../dist/esm/frame/buffer-view.js';
import { median } from '../report/statistics.mjs';

const ROUNDS = 31;
const CALLS_PER_ROUND = 100_000;
const VIEW_BYTES = 64;
const STEP_BYTES = 70;
const SPAN_BYTES = 4096;

const bytes = Buffer.from(new ArrayBuffer(64 * 1024), 64);
const { buffer: memory, byteOffset } = bytes;

const ways = {
  subarray: (at) => bytes.subarray(at, at + VIEW_BYTES),
  'Buffer.from': (at) => viewByFrom(memory, byteOffset + at, VIEW_BYTES),
  viewBuffer: (at) => viewBuffer(memory, byteOffset + at, VIEW_BYTES),
};

function time(view) {
  let viewed = 0;
  const start = process.hrtime.bigint();
  for (let i = 0, at = 0; i < CALLS_PER_ROUND; i++, at = (at + STEP_BYTES) % SPAN_BYTES) viewed += view(at).length;
  const ns = Number(process.hrtime.bigint() - start) / CALLS_PER_ROUND;
  if (viewed !== VIEW_BYTES * CALLS_PER_ROUND) throw new Error('something else was viewed');
  return ns;
}

const times = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
for (let round = -5; round < ROUNDS; round++) {
  for (const [way, view] of Object.entries(ways)) {
    const ns = time(view);
    if (round >= 0) times[way].push(ns);
  }
}

console.log(`| ${Object.keys(ways).join(' | ')} |`);
console.log(
  `| ${Object.keys(ways)
    .map(() => '---')
    .join(' | ')} |`,
);
console.log(
  `| ${Object.values(times)
    .map((some) => median(some).toFixed(0))
    .join(' | ')} |`,
);
