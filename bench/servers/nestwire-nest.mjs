// nestwire as applications use it: `WireAdapter` in a Nest application, with its defaults.

import { TOPIC_DATA } from './applications.mjs';
import { BenchGateway, serveNest } from './nest-application.mjs';
import { compressionOptions, distOf, versionOfDist } from './nestwire-build.mjs';

class TopicGateway extends BenchGateway {
  handleConnection(socket) {
    return socket.subscribe('everybody');
  }

  broadcast(messages) {
    for (let i = 0; i < messages; i++) void this.server.publish('everybody', 'text', TOPIC_DATA);
  }
}

export async function serve({ application, compression, handler, limits, dist = distOf() }) {
  const main = `${dist}esm/index.js`;
  const { WireAdapter } = await import(main);
  const options = { compression: compressionOptions(compression), limits };
  const Gateway = application === 'topic' ? TopicGateway : BenchGateway;
  const port = await serveNest((app) => new WireAdapter(app, options), { handler, Gateway, from: main });
  return { port, version: versionOfDist(dist) };
}
