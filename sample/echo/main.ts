// An echo server on PORT, path "/": text comes back as text, binary as binary. Everything is set by the environment, so that
// conformance and load suites can drive it.

import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { WireAdapter } from 'nestwire';
import { EchoModule } from './echo.module.js';
import { readEnvironment } from './environment.js';

const { port, options } = readEnvironment(process.env);
const app = await NestFactory.create(EchoModule, { logger: ['error', 'warn'] });
app.useWebSocketAdapter(new WireAdapter(app, options));
app.enableShutdownHooks([], { useProcessExit: true });
await app.listen(port);
console.log(`listening on ${port}`);
