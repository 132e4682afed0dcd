// The Nest application that every adapter serves: one gateway, written as applications write it, with its decorators called
// by hand since nothing compiles these files.

import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { BROADCAST_TEXT } from './applications.mjs';

class BenchGateway {
  /** Set by Nest. */
  server;

  echo(data) {
    return { event: 'echo', data };
  }

  broadcast(messages) {
    for (let i = 0; i < messages; i++) for (const client of this.server.clients) client.send(BROADCAST_TEXT);
  }
}

/** As `emit` of Socket.IO sends an event to everybody. */
class SocketIoGateway extends BenchGateway {
  broadcast(messages) {
    for (let i = 0; i < messages; i++) this.server.emit('text', BROADCAST_TEXT);
  }
}

/**
 * @param adapterFor makes the adapter of an application
 * @param gatewayOptions what `@WebSocketGateway` is given
 */
export async function serveNest(adapterFor, gatewayOptions = {}, Gateway = BenchGateway) {
  decorate(Gateway, gatewayOptions);
  class AppModule {}
  Module({ providers: [Gateway] })(AppModule);
  const app = await NestFactory.create(AppModule, { logger: ['error', 'fatal'] });
  app.useWebSocketAdapter(adapterFor(app));
  await app.listen(0);
  return { port: app.getHttpServer().address().port };
}

export { SocketIoGateway };

function decorate(Gateway, gatewayOptions) {
  const { prototype } = Gateway;
  WebSocketGateway(gatewayOptions)(Gateway);
  WebSocketServer()(prototype, 'server');
  for (const [event, type] of Object.entries({ echo: Object, broadcast: Number })) {
    Reflect.defineMetadata('design:paramtypes', [type], prototype, event);
    MessageBody()(prototype, event, 0);
    SubscribeMessage(event)(prototype, event, { value: prototype[event] });
  }
}
