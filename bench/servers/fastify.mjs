// `@fastify/websocket`: `ws` with bufferutil behind Fastify.

import websocket from '@fastify/websocket';
import Fastify from 'fastify';
import { listenerFor } from './applications.mjs';
import { versionOf } from './versions.mjs';
import { assertBufferutil, deflateOptions } from './ws.mjs';

export async function serve({ application, compression }) {
  assertBufferutil();
  const fastify = Fastify();
  await fastify.register(websocket, { options: { perMessageDeflate: deflateOptions(compression) } });
  fastify.get('/', { websocket: true }, (socket) => {
    socket.on('message', listenerFor(application, socket, fastify.websocketServer.clients));
  });
  await fastify.listen({ port: 0, host: '0.0.0.0' });
  return { port: fastify.server.address().port, version: versionOf('@fastify/websocket') };
}
