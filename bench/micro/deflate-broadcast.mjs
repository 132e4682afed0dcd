// What does a compressed text cost for each member that it is sent to: the same one to all, and another to each? Connections
// as the engine has them, without windows kept, over streams that take everything; JSON records. CPU time of the process for
// each member, the write included. Rounds in turn; the least of each, since noise only adds.
//
//   npm run build && node bench/micro/deflate-broadcast.mjs

import { Duplex } from 'node:stream';
import { Connection } from '../../dist/esm/connection/connection.js';
import { DEFAULT_CONNECTION_LIMITS } from '../../dist/esm/connection/default-limits.js';
import { createCompression } from '../../dist/esm/connection/zlib/create-compression.js';
import { buildMessages } from '../load/messages.mjs';

const MEMBERS = 200;
const ROUNDS = 60;
const SIZES = [1024, 4096, 16_384];
const AGREEMENT = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};
const SETTINGS = { thresholdBytes: 1024, level: -1, memoryLevel: 8 };
const OPTIONS = { autoPong: true, limits: DEFAULT_CONNECTION_LIMITS, heartbeat: { intervalMs: 0, timeoutMs: 0 } };
const HANDLER = { onDrain() {}, onError() {}, onClosing() {}, onClose() {} };

function member() {
  const stream = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
  const connection = new Connection(stream, OPTIONS, HANDLER, {
    compression: createCompression('server', AGREEMENT, SETTINGS),
  });
  connection.start(Buffer.alloc(0));
  return connection;
}

async function time(members, textFor) {
  const before = process.cpuUsage();
  for (const [i, connection] of members.entries()) {
    if (!connection.sendText(textFor(i))) throw new Error('not sent');
  }
  await new Promise((resolve) => setImmediate(resolve));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / members.length;
}

const members = Array.from({ length: MEMBERS }, member);
console.log('| text | another to each, µs a member | the same to all |');
console.log('| --- | --- | --- |');
for (const bytes of SIZES) {
  const texts = buildMessages({ content: 'records', bytes, variants: MEMBERS }, 'bare').map(({ payload }) =>
    payload.toString(),
  );
  let [each, all] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round++) {
    each = Math.min(each, await time(members, (i) => texts[i]));
    all = Math.min(all, await time(members, () => texts[round % MEMBERS]));
  }
  console.log(`| ${bytes / 1024} KiB | ${each.toFixed(1)} | ${all.toFixed(2)} |`);
}
for (const connection of members) connection.terminate();
