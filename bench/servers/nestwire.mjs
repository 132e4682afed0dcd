// The engine of nestwire without Nest: the layers up to `connection/`, put together behind Node's HTTP server as the adapter
// does it, with the adapter's defaults. What gateways see of a socket (events, listeners, `readyState`) is `nestwire-nest`.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { FLOOD_MESSAGE_BYTES, listenerFor } from './applications.mjs';
import { distOf, versionOfDist } from './nestwire-build.mjs';

const HEARTBEAT = { intervalMs: 25_000, timeoutMs: 20_000 };
const BINARY = 2;
const TEXT = 1;

export async function serve({ application, compression, limits, dist = distOf() }) {
  const engine = await load(dist);
  const options = {
    autoPong: true,
    limits: { ...engine.DEFAULT_CONNECTION_LIMITS, ...limits },
    heartbeat: HEARTBEAT,
    compression: compression && { takeover: compression === 'takeover', ...DEFLATE },
  };
  const clients = new Set();
  const http = createServer();
  http.on('upgrade', (request, socket, head) => accept(engine, options, request, socket, head, clients, application));
  http.listen({ port: 0, backlog: 4096 });
  await once(http, 'listening');
  return { port: http.address().port, version: versionOfDist(dist) };
}

const DEFLATE = { thresholdBytes: 1024, level: -1, memoryLevel: 8, windowBits: 15 };

async function load(dist) {
  const files = [
    'connection/connection.js',
    'connection/default-limits.js',
    'connection/zlib/create-compression.js',
    'handshake/handshake-request.js',
    'handshake/handshake-response.js',
    'handshake/origin-policy.js',
    'handshake/permessage-deflate.js',
  ];
  return Object.assign({}, ...(await Promise.all(files.map((file) => import(`${dist}esm/${file}`)))));
}

function accept(engine, options, request, socket, head, clients, application) {
  const handshake = engine.readHandshakeRequest(request);
  const isAllowed = engine.isOriginAllowed(handshake, { origins: 'same-origin', trustProxy: false }, false);
  if (engine.isRefusal(handshake) || !isAllowed) throw new Error('the load client’s handshake was refused');
  const accepted = options.compression && engine.acceptDeflate(handshake.extensions, options.compression);
  socket.write(engine.encodeHandshakeResponse(handshake, { extensions: accepted?.answer }));
  const compression = accepted && engine.createCompression('server', accepted.agreement, options.compression);
  new EngineClient(engine, socket, options, compression, clients, application).connection.start(head);
}

/** The handler of one connection, and for the applications what they use of a socket. */
class EngineClient {
  OPEN = 1;

  constructor(engine, socket, options, compression, clients, application) {
    this.clients = clients;
    this.receive = listenerFor(application, this, clients);
    this.connection = new engine.Connection(socket, options, this, { compression });
    clients.add(this);
  }

  get readyState() {
    return this.connection.readyState;
  }

  send(data, { binary = false } = {}) {
    if (typeof data === 'string') this.connection.sendText(data);
    else this.connection.sendMessage(binary || data.length === FLOOD_MESSAGE_BYTES ? BINARY : TEXT, data);
  }

  onMessage(payload, isBinary) {
    this.receive(payload, isBinary);
  }

  onClose() {
    this.clients.delete(this);
  }

  onPing() {}
  onPong() {}
  onDrain() {}
  onDelivered() {}
  onClosing() {}
  onError() {}
}
