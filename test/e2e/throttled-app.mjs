// An application with @nestjs/throttler before its handshakes, as a process of its own: Jest on Node 20 cannot load the
// throttler, which is CommonJS and requires Nest's ES modules. Prints the port it listens on, and ends with its stdin.

import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { WebSocketGateway } from '@nestjs/websockets';
import { SkipThrottle, ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { UseHandshakeGuards, WireAdapter } from 'nestwire';

class ThrottledGateway {}
WebSocketGateway({ path: '/throttled' })(ThrottledGateway);
UseHandshakeGuards(ThrottlerGuard)(ThrottledGateway);

class PlainGateway {}
WebSocketGateway({ path: '/plain' })(PlainGateway);

class SkippingGateway {}
WebSocketGateway({ path: '/skipping' })(SkippingGateway);
SkipThrottle()(SkippingGateway);

class AppModule {}
const isForAll = process.argv.includes('--for-all');
const app = await NestFactory.create(
  {
    module: AppModule,
    imports: [ThrottlerModule.forRoot([{ ttl: 60_000, limit: 2 }])],
    providers: [ThrottledGateway, PlainGateway, SkippingGateway, ThrottlerGuard],
  },
  { logger: ['error'] },
);
app.useWebSocketAdapter(new WireAdapter(app, isForAll ? { handshakeGuards: [ThrottlerGuard] } : {}));
await app.listen(0, '127.0.0.1');
console.log(app.getHttpServer().address().port);
process.stdin.resume().once('close', () => void app.close());
