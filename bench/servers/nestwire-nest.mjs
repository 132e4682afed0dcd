// nestwire as applications use it: `WireAdapter` in a Nest application, with its defaults.

import { serveNest } from './nest-application.mjs';

export async function serve({ compression, limits, dist = new URL('../../dist/', import.meta.url).href }) {
  const main = `${dist}esm/index.js`;
  const { WireAdapter } = await import(main);
  return serveNest((app) => new WireAdapter(app, { compression: compression ?? false, limits }), { from: main });
}
