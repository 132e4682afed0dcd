// The Nest application that every adapter serves: one gateway, written as applications write it, with its decorators called
// by hand since nothing compiles these files.

import { BROADCAST_TEXT } from './applications.mjs';
import { handlerOf } from './handlers.mjs';
import { importFrom } from './import-from.mjs';

export class BenchGateway {
  /** Set by Nest. */
  server;

  broadcast(messages) {
    for (let i = 0; i < messages; i++) for (const client of this.server.clients) client.send(BROADCAST_TEXT);
  }
}

/**
 * @param adapterFor makes the adapter of an application
 * @param gatewayOptions what `@WebSocketGateway` is given
 * @param Gateway one that broadcasts in another way
 * @param handler how `echo` is answered, a kind of handlers.mjs
 * @param from the module whose Nest is used: an adapter and its application must share one
 * @returns the port
 */
export async function serveNest(
  adapterFor,
  { gatewayOptions = {}, Gateway = BenchGateway, handler = 'plain', from = import.meta.url } = {},
) {
  const nest = await loadNest(from);
  const { echo, decorators } = handlerOf(handler, nest);
  Gateway.prototype.echo = echo;
  decorate(nest, Gateway, gatewayOptions);
  for (const add of decorators) add(Gateway.prototype, 'echo', { value: echo });
  class AppModule {}
  nest.Module({ providers: [Gateway] })(AppModule);
  const app = await nest.NestFactory.create(AppModule, { logger: ['error', 'fatal'] });
  app.useWebSocketAdapter(adapterFor(app));
  await app.listen(0);
  return app.getHttpServer().address().port;
}

async function loadNest(from) {
  await importFrom(from, 'reflect-metadata');
  const packages = ['@nestjs/common', '@nestjs/core', '@nestjs/websockets', 'rxjs'];
  return Object.assign({}, ...(await Promise.all(packages.map((name) => importFrom(from, name)))));
}

function decorate({ WebSocketGateway, WebSocketServer, MessageBody, SubscribeMessage }, Gateway, gatewayOptions) {
  const { prototype } = Gateway;
  WebSocketGateway(gatewayOptions)(Gateway);
  WebSocketServer()(prototype, 'server');
  for (const [event, type] of Object.entries({ echo: Object, broadcast: Number })) {
    Reflect.defineMetadata('design:paramtypes', [type], prototype, event);
    MessageBody()(prototype, event, 0);
    SubscribeMessage(event)(prototype, event, { value: prototype[event] });
  }
}
