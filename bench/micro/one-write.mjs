// Up to how many bytes does copying a payload beside its header, and joining the frames of one turn, beat handing the pieces to
// the socket as they are? Real sockets; the reader is a process of its own. CPU time of the writing process for one message,
// user and system; rounds interleaved; medians, and the ratios.
//
//   npm run build && node bench/micro/one-write.mjs

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { median } from '../report/statistics.mjs';

const SIZES = [1024, 4096, 8192, 16_384, 32_768, 65_536];
const FRAMES_IN_A_TURN = [1, 4];
const ROUNDS = 9;
const BYTES_PER_ROUND = 1 << 25;
const MAX_TURNS_PER_ROUND = 4000;
const BLOCK_BYTES = 64 * 1024;
const HEADER = Buffer.from([0x82, 0x7e, 0, 0]);

let block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
let used = 0;

/** The other end: reads, and looks at nothing. */
function readEverything() {
  const buffer = Buffer.allocUnsafe(1 << 20);
  process.on('message', (port) => connect({ port, onread: { buffer, callback: () => true } }));
  process.on('disconnect', () => process.exit());
}

/** Memory as lib has it: a block that many turns fill, and a new one when it is full. */
function reserve(size) {
  if (used + size > block.length) {
    block = Buffer.allocUnsafeSlow(Math.max(size, BLOCK_BYTES));
    used = 0;
  }
  used += size;
  return block.subarray(used - size, used);
}

/** What one turn can do with its frames. */
const WAYS = {
  'one buffer': (socket, payload, frames) => {
    const size = HEADER.length + payload.length;
    const all = reserve(frames * size);
    for (let i = 0; i < frames; i++) {
      HEADER.copy(all, i * size);
      payload.copy(all, i * size + HEADER.length);
    }
    return write(socket, [all]);
  },
  'by reference': (socket, payload, frames) =>
    write(
      socket,
      Array.from({ length: 2 * frames }, (_, i) => (i % 2 === 0 ? HEADER : payload)),
    ),
};

/** All pieces in one writev, and wait until the system has taken them. */
function write(socket, pieces) {
  return new Promise((resolve) => {
    if (pieces.length > 1) socket.cork();
    for (const piece of pieces.slice(0, -1)) socket.write(piece);
    socket.write(pieces.at(-1), resolve);
    if (pieces.length > 1) socket.uncork();
  });
}

async function compare() {
  const sink = fork(fileURLToPath(import.meta.url), ['sink']);
  const server = createServer({ noDelay: true }).listen(0);
  await once(server, 'listening');
  sink.send(server.address().port);
  const [socket] = await once(server, 'connection');
  const cases = FRAMES_IN_A_TURN.flatMap((frames) =>
    SIZES.map((size) => ({
      frames,
      payload: Buffer.alloc(size, 'nestwire '),
      costs: { 'one buffer': [], 'by reference': [] },
    })),
  );
  for (let round = -2; round < ROUNDS; round++) {
    for (const { frames, payload, costs } of cases) {
      const turns = Math.min(MAX_TURNS_PER_ROUND, Math.ceil(BYTES_PER_ROUND / payload.length / frames));
      for (const [name, way] of Object.entries(WAYS)) {
        const before = process.cpuUsage();
        for (let i = 0; i < turns; i++) await way(socket, payload, frames);
        const { user, system } = process.cpuUsage(before);
        if (round >= 0) costs[name].push((user + system) / turns / frames);
      }
    }
  }
  sink.kill();
  server.close();
  socket.destroy();
  report(cases);
}

function report(cases) {
  const threshold = (file, name) => {
    const source = readFileSync(new URL(`../../dist/esm/connection/${file}.js`, import.meta.url), 'utf8');
    return Number(new RegExp(`${name} = (\\d+) \\* 1024`).exec(source)[1]);
  };
  const [copyUpTo, joinUpTo] = [threshold('frame-writer', 'COPY_UP_TO'), threshold('outbox', 'JOIN_UP_TO')];
  console.log(`Copied up to ${copyUpTo} KiB (COPY_UP_TO), joined up to ${joinUpTo} KiB together (JOIN_UP_TO).\n`);
  console.log('| frames in a turn | bytes each | one buffer µs | by reference µs | by reference / one buffer |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const { frames, payload, costs } of cases) {
    const [copied, referred] = [median(costs['one buffer']), median(costs['by reference'])];
    console.log(
      `| ${frames} | ${payload.length} | ${copied.toFixed(2)} | ${referred.toFixed(2)} | ${(referred / copied).toFixed(2)} |`,
    );
  }
}

if (process.argv[2] === 'sink') readEverything();
else await compare();
