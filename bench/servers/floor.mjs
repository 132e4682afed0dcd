// A bare socket without any protocol: what the system and Node take at least. It answers the opening request with a text that
// is always the same, and from then on sends back the bytes that come, or bytes that were made ready.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { BROADCAST_BYTES, BROADCAST_TEXT } from './applications.mjs';

const OPENED = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
const BROADCAST_FRAME = Buffer.concat([Buffer.from([0x81, BROADCAST_BYTES]), Buffer.from(BROADCAST_TEXT)]);
const KEY_AT = 2;
const PAYLOAD_AT = 6;

export async function serve({ application }) {
  const sockets = new Set();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', () => {
      socket.write(OPENED);
      if (application === 'broadcast') socket.on('data', (frame) => broadcast(sockets, numberIn(frame)));
      else socket.on('data', (data) => socket.write(data));
    });
  });
  server.listen({ port: 0, backlog: 4096 });
  await once(server, 'listening');
  return { port: server.address().port, version: process.version };
}

/** One buffer for all. */
function broadcast(sockets, messages) {
  const frames = Buffer.concat(Array(messages).fill(BROADCAST_FRAME));
  for (const socket of sockets) socket.write(frames);
}

/** A small masked frame with a number as text. */
function numberIn(frame) {
  const payload = frame.subarray(PAYLOAD_AT).map((byte, i) => byte ^ frame[KEY_AT + (i & 3)]);
  return Number(payload.toString());
}
