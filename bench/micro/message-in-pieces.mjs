// How long does one message of 1 MiB take when it comes in 1, 1,000 or 1,000,000 pieces? As chunks of one frame, and as
// fragments. The peer is the Receiver of `ws`, in the same process, rounds interleaved; medians, and the ratio.
//
//   npm run build && node bench/micro/message-in-pieces.mjs

import Receiver from '../../node_modules/ws/lib/receiver.js';
import { headerSize, writeMaskedHeader } from '../../dist/esm/frame/frame-header.js';
import { applyMask } from '../../dist/esm/frame/mask.js';
import { Conversation } from '../../dist/esm/protocol/conversation.js';
import { median } from '../report/statistics.mjs';

const MESSAGE_BYTES = 1 << 20;
const ROUNDS = 5;
// One round of `ws` with a million chunks takes half a minute.
const SLOW_MS = 5000;
const KEY = 0x12345678;

function frame(firstByte, payload) {
  const header = headerSize(payload.length) + 4;
  const bytes = Buffer.alloc(header + payload.length);
  writeMaskedHeader(bytes, 0, firstByte, payload.length, KEY);
  payload.copy(bytes, header);
  applyMask(bytes, header, bytes.length, KEY);
  return bytes;
}

function cut(bytes, pieces) {
  const size = Math.ceil(bytes.length / pieces);
  const chunks = [];
  for (let start = 0; start < bytes.length; start += size) chunks.push(bytes.subarray(start, start + size));
  return chunks;
}

function fragments(payload, count) {
  return cut(payload, count).map((piece, i, all) =>
    frame((i === all.length - 1 ? 0x80 : 0) | (i === 0 ? 0x2 : 0x0), piece),
  );
}

function nestwire(chunks) {
  let received = 0;
  const conversation = new Conversation(
    'server',
    { maxMessageBytes: 0, maxFragments: 0 },
    { receiveMessage: (payload) => (received = payload.length) },
  );
  for (const chunk of chunks) conversation.receive(chunk);
  return received;
}

function ws(chunks) {
  let received = 0;
  const receiver = new Receiver({ isServer: true, maxPayload: 0, maxFragments: 0, maxBufferedChunks: 0 });
  receiver.on('message', (payload) => (received = payload.length));
  for (const chunk of chunks) receiver.write(chunk);
  return received;
}

function time(run, chunks) {
  // Unmasking changes the bytes, so that each run gets its own.
  const copies = chunks.map((chunk) => Buffer.from(chunk));
  const start = process.hrtime.bigint();
  const received = run(copies);
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (received !== MESSAGE_BYTES) throw new Error(`received ${received} bytes`);
  return ms;
}

const payload = Buffer.alloc(MESSAGE_BYTES, 'nestwire ');
const cases = [1, 1_000, 1_000_000].flatMap((count) => [
  [`${count} chunks`, cut(frame(0x82, payload), count)],
  [`${count} fragments`, fragments(payload, count)],
]);

console.log(`| 1 MiB in | nestwire ms | ws ms | times faster |\n| --- | --- | --- | --- |`);
for (const [name, chunks] of cases) {
  const times = { nestwire: [], ws: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.nestwire.push(time(nestwire, chunks));
    if (!(times.ws[0] > SLOW_MS)) times.ws.push(time(ws, chunks));
  }
  const [ours, theirs] = [median(times.nestwire), median(times.ws)];
  console.log(`| ${name} | ${ours.toFixed(2)} | ${theirs.toFixed(2)} | ${(theirs / ours).toFixed(1)} |`);
}
