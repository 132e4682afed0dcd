// From how many bytes on does it pay to ask a payload whose memory it is, before copying it? A payload that lies in the shared
// read buffer is copied in any case; one that does not is kept as it is. Decides COPY_UNASKED_UP_TO. Rounds interleaved;
// medians in ns a call.
//
//   npm run build && node bench/micro/kept.mjs

import { readFileSync } from 'node:fs';
import { median } from '../report/statistics.mjs';

const SIZES = [64, 256, 512, 1024, 2048, 4096, 16_384];
const ROUNDS = 31;
const CALLS_PER_ROUND = 2048;

const source = readFileSync(new URL('../../dist/esm/connection/shared-reading.js', import.meta.url), 'utf8');
const threshold = Number(/COPY_UNASKED_UP_TO = (\d+)/.exec(source)[1]);

const sharedMemory = new ArrayBuffer(256 * 1024);

const ways = {
  ask: (payload) => (payload.buffer === sharedMemory ? 0 : payload.length),
  copy: (payload) => {
    const copy = Buffer.allocUnsafe(payload.length);
    copy.set(payload);
    return copy.length;
  },
};

function time(way, payload) {
  let bytes = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < CALLS_PER_ROUND; i++) bytes += way(payload);
  const ns = Number(process.hrtime.bigint() - start) / CALLS_PER_ROUND;
  if (bytes !== CALLS_PER_ROUND * payload.length) throw new Error('a payload was taken for another');
  return ns;
}

const cases = SIZES.map((size) => ({ size, payload: Buffer.alloc(size, 1), times: { ask: [], copy: [] } }));
for (let round = -5; round < ROUNDS; round++) {
  for (const { payload, times } of cases) {
    for (const [name, way] of Object.entries(ways)) {
      const ns = time(way, payload);
      if (round >= 0) times[name].push(ns);
    }
  }
}

console.log(`Copied unasked up to ${threshold} bytes (COPY_UNASKED_UP_TO).\n`);
console.log('| bytes | ask ns | copy ns |');
console.log('| --- | --- | --- |');
for (const { size, times } of cases) {
  console.log(`| ${size} | ${median(times.ask).toFixed(0)} | ${median(times.copy).toFixed(0)} |`);
}
