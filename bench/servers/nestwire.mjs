// The engine of nestwire without Nest: the upgrade and the connection, as the adapter puts them together, with its defaults.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { listenerFor } from './applications.mjs';
import { importFrom } from './import-from.mjs';
import { compressionOptions, distOf, versionOfDist } from './nestwire-build.mjs';

export async function serve({ application, compression, limits, dist = distOf() }) {
  // It warns of readers that are cut off, which here is what is measured.
  const { Logger } = await importFrom(`${dist}esm/index.js`, '@nestjs/common');
  Logger.overrideLogger(['error', 'fatal']);
  const { UpgradeRouter } = await import(`${dist}esm/gateway/upgrade-router.js`);
  const { resolveAdapterOptions } = await import(`${dist}esm/gateway/options.js`);
  const { WireServer } = await import(`${dist}esm/gateway/wire-server.js`);
  const options = resolveAdapterOptions({ compression: compressionOptions(compression), limits });
  const http = createServer();
  const router = new UpgradeRouter(http, options);
  const server = new WireServer(http, '/', options);
  router.add(server);
  server.on('connection', (socket) => socket.on('message', listenerFor(application, socket, server.clients)));
  http.listen({ port: 0, backlog: 4096 });
  await once(http, 'listening');
  return { port: http.address().port, version: versionOfDist(dist) };
}
