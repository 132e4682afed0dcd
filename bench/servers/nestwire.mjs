// The engine of nestwire without Nest: the upgrade and the connection, as the adapter puts them together, with its defaults.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { listenerFor } from './applications.mjs';

export async function serve({ application, compression, limits, dist = new URL('../../dist/', import.meta.url).href }) {
  const { UpgradeRouter } = await import(`${dist}esm/gateway/upgrade-router.js`);
  const { resolveAdapterOptions } = await import(`${dist}esm/gateway/options.js`);
  const { WireServer } = await import(`${dist}esm/gateway/wire-server.js`);
  const options = resolveAdapterOptions({ compression: compression ?? false, limits });
  const http = createServer();
  const router = new UpgradeRouter(http, options);
  const server = new WireServer(http, '/', options);
  router.add(server);
  const listen = listenerFor(application, server.clients);
  server.on('connection', (socket) => socket.on('message', listen(socket)));
  http.listen({ port: 0, backlog: 4096 });
  await once(http, 'listening');
  return { port: http.address().port };
}
