// `@nestjs/platform-ws`: `ws` with bufferutil behind Nest's own adapter.

import { WsAdapter } from '@nestjs/platform-ws';
import { serveNest } from './nest-application.mjs';
import { assertBufferutil, deflateOptions } from './ws.mjs';

export async function serve({ compression }) {
  assertBufferutil();
  return serveNest((app) => new WsAdapter(app), { gatewayOptions: { perMessageDeflate: deflateOptions(compression) } });
}
