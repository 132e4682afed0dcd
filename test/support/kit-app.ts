// Nest applications over WireAdapter that never open a port, with clients of nestwire/testing: for specs to which a real
// socket adds nothing (wire-app.ts is for the others).

import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type INestApplication, type ModuleMetadata, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WireAdapter, type WireAdapterOptions } from '../../lib/index.js';
import { connectTo, type ConnectToOptions, type TestClient } from '../../lib/testing/index.js';
import { within } from './bounded-wait.js';
import { RecordingLogger } from './recording-logger.js';

export interface KitAppSettings extends Pick<ModuleMetadata, 'imports' | 'providers' | 'controllers'> {
  options?: WireAdapterOptions;
  /** @default 'express' */
  http?: 'express' | 'fastify';
}

export class KitApp {
  private readonly clients: TestClient[] = [];

  constructor(
    readonly app: INestApplication,
    readonly adapter: WireAdapter,
    readonly log: RecordingLogger,
  ) {}

  /** A client of `path` on the application's own server. */
  connect(path = '/', options?: ConnectToOptions): Promise<TestClient> {
    return this.keep(connectTo(this.app, { path, ...options }));
  }

  /** A client of a gateway's own port. */
  connectOn(port: number, options?: ConnectToOptions): Promise<TestClient> {
    return this.keep(connectTo(this.adapter.httpServerOf(port), options));
  }

  get<T>(provider: Type<T>): T {
    return this.app.get(provider);
  }

  async dropClients(): Promise<void> {
    for (const client of this.clients.splice(0)) {
      client.resume();
      client.terminate();
      await client.expectClose();
    }
  }

  async close(): Promise<void> {
    await this.dropClients();
    await within(this.app.close(), 'the app to close');
  }

  private async keep(connecting: Promise<TestClient>): Promise<TestClient> {
    const client = await connecting;
    this.clients.push(client);
    return client;
  }
}

export async function startKitApp({ options, http, ...metadata }: KitAppSettings): Promise<KitApp> {
  class TestedModule {}
  const log = new RecordingLogger();
  const app = await NestFactory.create(
    { module: TestedModule, ...metadata },
    http === 'fastify' ? new FastifyAdapter() : new ExpressAdapter(),
    { logger: log, abortOnError: false },
  );
  const adapter = new WireAdapter(app, { listen: false, ...options });
  app.useWebSocketAdapter(adapter);
  await app.init();
  return new KitApp(app, adapter, log);
}

/** One app for the describe in which it is called; it ends with the describe, its clients with each test. */
export function useKitApp(settings: KitAppSettings): { readonly current: KitApp } {
  let running: KitApp | undefined;
  beforeAll(async () => {
    running = await startKitApp(settings);
  });
  afterEach(() => running?.dropClients());
  afterAll(() => running?.close());
  return {
    get current(): KitApp {
      if (running === undefined) throw new Error('the app starts in beforeAll: use it in a test');
      return running;
    },
  };
}
