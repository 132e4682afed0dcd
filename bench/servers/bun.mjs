// Bun's own server, whose WebSocket engine is uWebSockets in C++. Runs in Bun, not in Node.

import { answerEvent, BROADCAST_TEXT } from './applications.mjs';

const TOPIC = 'everybody';

const APPLICATIONS = {
  echo: (socket, message) => socket.send(message, true),
  event: (socket, message) => socket.send(answerEvent(message), true),
  broadcast: (_socket, message, server) => {
    for (let i = 0; i < Number(message); i++) server.publish(TOPIC, BROADCAST_TEXT, true);
  },
};

export function serve({ application, compression }) {
  const { Bun } = globalThis;
  const run = APPLICATIONS[application];
  const server = Bun.serve({
    port: 0,
    fetch: (request, server) =>
      server.upgrade(request) ? undefined : new Response('Upgrade Required', { status: 426 }),
    websocket: {
      perMessageDeflate: deflateOptions(compression),
      maxPayloadLength: 1 << 20,
      open: (socket) => application === 'broadcast' && socket.subscribe(TOPIC),
      message: (socket, message) => run(socket, message, server),
    },
  });
  return { port: server.port, version: Bun.version };
}

/** Bun shares one compressor, as it is without takeover, unless each connection is given one of its own. */
function deflateOptions(compression) {
  if (compression === undefined) return false;
  return compression === 'takeover' ? { compress: 'dedicated', decompress: 'dedicated' } : true;
}
