// Starts a Nest application with the given providers over the adapter under test, on a free port of 127.0.0.1, and ends
// it with every client that a test opened. `useApp` does so for one describe; `startApp` for a test that ends the app itself.

import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { type INestApplication, type ModuleMetadata, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { AdapterOptions, AdapterUnderTest, ParityAdapter } from './adapters.js';
import { RawClient, upgradeRequest } from './raw-client.js';
import { RecordingLogger } from './recording-logger.js';
import { type ClientSettings, TestClient } from './test-client.js';

interface AppSettings extends Pick<ModuleMetadata, 'imports' | 'providers'> {
  adapter: AdapterUnderTest;
  adapterOptions?: AdapterOptions;
  /** @default 'express' */
  http?: 'express' | 'fastify';
  /** Runs before the app listens. */
  configure?(app: INestApplication, adapter: ParityAdapter): void;
}

export class RunningApp {
  private readonly clients: { drop(): void | Promise<void> }[] = [];

  constructor(
    readonly app: INestApplication,
    readonly adapter: ParityAdapter,
    readonly logger: RecordingLogger,
    readonly port: number,
  ) {}

  /** A client of `target`: a path on the app's own server, or a whole URL. */
  async connect(target = '/', settings?: ClientSettings): Promise<TestClient> {
    const url = target.startsWith('/') ? `ws://127.0.0.1:${this.port}${target}` : target;
    const client = await TestClient.open(url, settings);
    this.clients.push(client);
    return client;
  }

  /** A TCP connection that has not said anything yet. */
  async raw(port: number = this.port): Promise<RawClient> {
    const client = await RawClient.open(port);
    this.clients.push(client);
    return client;
  }

  /** A TCP connection whose upgrade to `path` was answered. */
  async rawUpgrade(path: string, headers?: Record<string, string>): Promise<RawClient> {
    const client = await this.raw();
    client.write(upgradeRequest(path, headers));
    await client.head();
    return client;
  }

  get<T>(provider: Type<T>): T {
    return this.app.get(provider);
  }

  async dropClients(): Promise<void> {
    for (const client of this.clients.splice(0)) await client.drop();
  }

  async close(): Promise<void> {
    await this.dropClients();
    await this.app.close();
  }
}

export async function startApp(settings: AppSettings): Promise<RunningApp> {
  class ParityModule {}
  const { adapter, adapterOptions, configure, http = 'express', imports = [], providers = [] } = settings;
  const logger = new RecordingLogger();
  const app = await NestFactory.create(
    { module: ParityModule, imports, providers },
    http === 'express' ? new ExpressAdapter() : new FastifyAdapter(),
    { logger, abortOnError: false },
  );
  const wsAdapter = adapter.create(app, adapterOptions);
  app.useWebSocketAdapter(wsAdapter);
  configure?.(app, wsAdapter);
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer() as Server;
  return new RunningApp(app, wsAdapter, logger, (server.address() as AddressInfo).port);
}

type AppHandle = Pick<RunningApp, 'app' | 'adapter' | 'logger' | 'port' | 'connect' | 'raw' | 'rawUpgrade' | 'get'>;

/** One app for the describe in which it is called; clients opened by a test end with that test. */
export function useApp(settings: AppSettings): AppHandle {
  let running: RunningApp | undefined;
  const current = (): RunningApp => {
    if (running === undefined) throw new Error('the app starts in beforeAll: use it in a test');
    return running;
  };
  beforeAll(async () => {
    running = await startApp(settings);
  });
  afterEach(() => running?.dropClients());
  afterAll(() => running?.close());
  return {
    get app() {
      return current().app;
    },
    get adapter() {
      return current().adapter;
    },
    get logger() {
      return current().logger;
    },
    get port() {
      return current().port;
    },
    connect: (target, options) => current().connect(target, options),
    raw: (port) => current().raw(port),
    rawUpgrade: (path, headers) => current().rawUpgrade(path, headers),
    get: (provider) => current().get(provider),
  };
}
