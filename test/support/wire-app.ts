// Starts Nest applications over WireAdapter on a free port of 127.0.0.1, for specs of nestwire alone (nest-app.ts is for
// those that compare). With DIRECT_CALLS=off in the environment, every message takes Nest's pipeline: what a spec says
// has to hold both ways. Jest fails a test during which anything is thrown or rejected that nobody catches, so a spec needs
// no listeners of its own to show that the process lives.

import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type INestApplication, type ModuleMetadata, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WireAdapter, type WireAdapterOptions } from '../../lib/index.js';
import { within } from './bounded-wait.js';
import { FrameClient, type FrameClientOptions } from './frame-client.js';
import { RecordingLogger } from './recording-logger.js';

const directCalls = process.env['DIRECT_CALLS'] !== 'off';

export interface WireAppSettings extends Pick<ModuleMetadata, 'imports' | 'providers' | 'controllers'> {
  options?: WireAdapterOptions;
  /** @default 'express' */
  http?: 'express' | 'fastify';
  https?: { key: string; cert: string };
  /** Runs before the app listens. */
  configure?(app: INestApplication): void;
}

export class WireApp {
  private readonly clients: FrameClient[] = [];

  constructor(
    readonly app: INestApplication,
    readonly adapter: WireAdapter,
    readonly log: RecordingLogger,
    readonly port: number,
  ) {}

  get server(): Server {
    return this.app.getHttpServer() as Server;
  }

  client(path?: string, options?: FrameClientOptions): Promise<FrameClient> {
    return this.clientOn(this.port, path, options);
  }

  /** A client of a gateway's own port. */
  async clientOn(port: number, path?: string, options?: FrameClientOptions): Promise<FrameClient> {
    const client = await FrameClient.open(port, path, options);
    this.clients.push(client);
    return client;
  }

  /** The messages of the log lines of a level, joined. */
  logged(level: 'log' | 'warn' | 'error'): string {
    return this.log.textOf(level);
  }

  get<T>(provider: Type<T>): T {
    return this.app.get(provider);
  }

  async dropClients(): Promise<void> {
    const clients = this.clients.splice(0);
    for (const client of clients) client.drop();
    await Promise.all(clients.map((client) => client.ended()));
  }

  async close(): Promise<void> {
    await this.dropClients();
    await within(this.app.close(), 'the app to close');
  }
}

export async function startWireApp(settings: WireAppSettings): Promise<WireApp> {
  class TestedModule {}
  const { options, http = 'express', https, configure, ...metadata } = settings;
  const log = new RecordingLogger();
  const app = await NestFactory.create(
    { module: TestedModule, ...metadata },
    http === 'express' ? new ExpressAdapter() : new FastifyAdapter(https === undefined ? {} : { https }),
    { logger: log, abortOnError: false, ...(https && { httpsOptions: https }) },
  );
  const adapter = new WireAdapter(app, { directCalls, ...options });
  app.useWebSocketAdapter(adapter);
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  return new WireApp(app, adapter, log, ((app.getHttpServer() as Server).address() as AddressInfo).port);
}

/** One app for the describe in which it is called; it ends with the describe, its clients with each test. */
export function useWireApp(settings: WireAppSettings): { readonly current: WireApp } {
  let running: WireApp | undefined;
  beforeAll(async () => {
    running = await startWireApp(settings);
  });
  afterEach(() => running?.dropClients());
  afterAll(() => running?.close());
  return {
    get current(): WireApp {
      if (running === undefined) throw new Error('the app starts in beforeAll: use it in a test');
      return running;
    },
  };
}
