// How many messages a client may send, by @nestjs/throttler: a request with an id that comes too soon is answered with a 429.

import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { WireAdapter } from 'nestwire';
import { ThrottledModule } from './throttled.module.js';

const port = Number(process.env['PORT'] ?? 3000);
const app = await NestFactory.create(ThrottledModule, { logger: ['error', 'warn'] });
app.useWebSocketAdapter(new WireAdapter(app, { origins: 'any' }));
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(port);
console.log(`listening on ${port}`);
