// `@nestjs/platform-socket.io` over the WebSocket transport, which its clients can begin with; its own `ws` with bufferutil.

import { IoAdapter } from '@nestjs/platform-socket.io';
import { BROADCAST_TEXT, TOPIC_DATA } from './applications.mjs';
import { BenchGateway, serveNest } from './nest-application.mjs';
import { versionOf } from './versions.mjs';
import { assertBufferutil, deflateOptions } from './ws.mjs';

class SocketIoGateway extends BenchGateway {
  broadcast(messages) {
    for (let i = 0; i < messages; i++) this.server.emit('text', BROADCAST_TEXT);
  }
}

class SocketIoTopicGateway extends BenchGateway {
  handleConnection(socket) {
    return socket.join('everybody');
  }

  broadcast(messages) {
    for (let i = 0; i < messages; i++) this.server.to('everybody').emit('text', TOPIC_DATA);
  }
}

export async function serve({ application, compression }) {
  assertBufferutil();
  const gatewayOptions = { transports: ['websocket'], perMessageDeflate: deflateOptions(compression) };
  const Gateway = application === 'topic' ? SocketIoTopicGateway : SocketIoGateway;
  const port = await serveNest((app) => new IoAdapter(app), { gatewayOptions, Gateway });
  return { port, version: `${versionOf('@nestjs/platform-socket.io')} with socket.io ${versionOf('socket.io')}` };
}
