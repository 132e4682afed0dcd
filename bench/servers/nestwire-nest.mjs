// nestwire as applications use it: `WireAdapter` in a Nest application, with its defaults.

import { serveNest } from './nest-application.mjs';
import { compressionOptions, distOf, versionOfDist } from './nestwire-build.mjs';

export async function serve({ compression, handler, limits, dist = distOf() }) {
  const main = `${dist}esm/index.js`;
  const { WireAdapter } = await import(main);
  const options = { compression: compressionOptions(compression), limits };
  const port = await serveNest((app) => new WireAdapter(app, options), { handler, from: main });
  return { port, version: versionOfDist(dist) };
}
