// What does a broadcast cost for each member and message, up to the socket: time, and bytes on the heap for each member in a turn?
// Decides that one tick ends the turn for all who were sent something, and that what many are sent in the same order is joined
// once (`lib/connection/turn-end.ts`, `frame-run.ts`). Connections over sockets whose `write` does nothing; the least of all
// rounds, since whatever disturbs a round makes it longer; other builds side by side.
//
//   npm run build && node --expose-gc --max-semi-space-size=64 bench/micro/broadcast.mjs [dist of another build …]

import { Socket } from 'node:net';
import { distOf } from '../servers/nestwire-build.mjs';

/** Members, and messages in a turn. */
const SHAPES = [
  [200, 16],
  [1000, 1],
  [10_000, 1],
];
const ROUNDS = 60;
const WARM_UP_ROUNDS = 15;
const MESSAGES_PER_ROUND = 100_000;
const HEARTBEAT = { intervalMs: 25_000, timeoutMs: 20_000 };
const TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(2).slice(0, 64);

const ignore = () => {};
const HANDLER = {
  onMessage: ignore,
  onPing: ignore,
  onPong: ignore,
  onDrain: ignore,
  onDelivered: ignore,
  onClosing: ignore,
  onClose: ignore,
  onError: (error) => {
    throw error;
  },
};

let written = 0;

class WritingNowhere extends Socket {
  write(bytes) {
    written += bytes.length;
    return true;
  }
}

async function load(dist) {
  const { Connection } = await import(`${dist}esm/connection/connection.js`);
  const { DEFAULT_CONNECTION_LIMITS: limits } = await import(`${dist}esm/connection/default-limits.js`);
  const options = { autoPong: true, limits, heartbeat: HEARTBEAT };
  return () => new Connection(new WritingNowhere(), options, HANDLER, {});
}

/** @returns how many nanoseconds the turn took, to the end of its ticks */
function turn(members, messages) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < messages; i++) for (const member of members) member.sendText(TEXT);
  return new Promise((resolve) => {
    process.nextTick(() => {
      const ns = Number(process.hrtime.bigint() - start);
      setImmediate(resolve, ns);
    });
  });
}

async function round(members, messages) {
  const turns = Math.ceil(MESSAGES_PER_ROUND / (members.length * messages));
  let ns = 0;
  for (let i = 0; i < turns; i++) ns += await turn(members, messages);
  return ns / (turns * members.length * messages);
}

async function bytesOfTurn(members, messages) {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  await turn(members, messages);
  return Math.round((process.memoryUsage().heapUsed - before) / members.length);
}

const dists = [distOf(), ...process.argv.slice(2)];
console.log('| members | messages in a turn | build | ns a member and message | bytes a member in a turn |');
console.log('| --- | --- | --- | --- | --- |');
for (const [size, messages] of SHAPES) {
  const teams = [];
  for (const dist of dists) {
    const connect = await load(dist);
    teams.push({ dist, members: Array.from({ length: size }, connect), ns: Infinity, bytes: 0 });
  }
  for (let i = -WARM_UP_ROUNDS; i < ROUNDS; i++) {
    for (const team of teams) {
      const ns = await round(team.members, messages);
      if (i >= 0) team.ns = Math.min(team.ns, ns);
    }
  }
  for (const team of teams) team.bytes = await bytesOfTurn(team.members, messages);
  for (const { dist, ns, bytes } of teams) {
    console.log(`| ${size} | ${messages} | ${dist === distOf() ? 'this' : dist} | ${ns.toFixed(1)} | ${bytes} |`);
  }
}
if (written === 0) throw new Error('nothing was written');
process.exit();
