// The smallest gateway there is, on PORT: {"event":"echo","data":…} comes back as it went.

import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway, type WsResponse } from '@nestjs/websockets';
import { WireAdapter } from 'nestwire';

@WebSocketGateway()
class EchoGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown): WsResponse {
    return { event: 'echo', data };
  }
}

@Module({ providers: [EchoGateway] })
class EchoModule {}

const port = Number(process.env['PORT'] ?? 3000);
const app = await NestFactory.create(EchoModule, { logger: ['error', 'warn'] });
app.useWebSocketAdapter(new WireAdapter(app));
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(port);
console.log(`listening on ${port}`);
