// `ws`, with the native unmasking of bufferutil: without it, the comparison would not be fair.

import { once } from 'node:events';
import { createRequire } from 'node:module';
import { WebSocketServer } from 'ws';
import { listenerFor } from './applications.mjs';
import { versionOf } from './versions.mjs';

const require = createRequire(import.meta.url);

/** @throws where bufferutil is missing, or is its plain substitute */
export function assertBufferutil() {
  if (!String(require('bufferutil').unmask).includes('[native code]')) throw new Error('bufferutil has no native part');
}

export async function serve({ application, compression }) {
  assertBufferutil();
  const server = new WebSocketServer({ port: 0, backlog: 4096, perMessageDeflate: deflateOptions(compression) });
  server.on('connection', (socket) => socket.on('message', listenerFor(application, socket, server.clients)));
  await once(server, 'listening');
  return { port: server.address().port, version: `${versionOf('ws')} with bufferutil ${versionOf('bufferutil')}` };
}

/** @param compression absent for none; `default`, `takeover` or `no-takeover` */
export function deflateOptions(compression) {
  if (compression === undefined) return false;
  return compression === 'no-takeover' ? { serverNoContextTakeover: true, clientNoContextTakeover: true } : true;
}
