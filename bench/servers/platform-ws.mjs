// `@nestjs/platform-ws`: `ws` with bufferutil behind Nest's own adapter.

import { WsAdapter } from '@nestjs/platform-ws';
import { serveNest } from './nest-application.mjs';
import { versionOf } from './versions.mjs';
import { assertBufferutil, deflateOptions } from './ws.mjs';

export async function serve({ compression, handler }) {
  assertBufferutil();
  const gatewayOptions = { perMessageDeflate: deflateOptions(compression) };
  const port = await serveNest((app) => new WsAdapter(app), { gatewayOptions, handler });
  return { port, version: versionOf('@nestjs/platform-ws') };
}
