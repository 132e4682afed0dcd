// `ws`, with the native unmasking of bufferutil: without it, the comparison would not be fair.

import { once } from 'node:events';
import { createRequire } from 'node:module';
import { WebSocketServer } from 'ws';
import { listenerFor } from './applications.mjs';

const require = createRequire(import.meta.url);

/** @throws where bufferutil is missing, or is its plain substitute */
export function assertBufferutil() {
  if (!String(require('bufferutil').unmask).includes('[native code]')) throw new Error('bufferutil has no native part');
}

export async function serve({ application, compression }) {
  assertBufferutil();
  const server = new WebSocketServer({ port: 0, backlog: 4096, perMessageDeflate: deflateOptions(compression) });
  const listen = listenerFor(application, server.clients);
  server.on('connection', (socket) => socket.on('message', listen(socket)));
  await once(server, 'listening');
  return { port: server.address().port };
}

/** @param compression undefined for none, or whether windows are kept */
export function deflateOptions(compression) {
  if (compression === undefined) return false;
  return compression.takeover ? true : { serverNoContextTakeover: true, clientNoContextTakeover: true };
}
