// app.close() and signals, on real sockets: requests that run are answered before anything is destroyed that they use.

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  type CanActivate,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { WireAdapterOptions, WireSocket } from '../../lib/index.js';
import { Inbox, within } from '../support/bounded-wait.js';
import { freePort } from '../support/free-port.js';
import type { FrameClient } from '../support/frame-client.js';
import { onNest } from '../support/nest-version.js';
import { RawClient, upgradeRequest } from '../support/raw-client.js';
import { startWireApp, type WireApp } from '../support/wire-app.js';

const ownPort = await freePort();
const steps: string[] = [];
const begun = new Inbox<() => void>('a request that has begun');

class Recorded implements OnModuleDestroy, OnApplicationShutdown {
  isGone = false;

  onModuleDestroy(): void {
    this.isGone = true;
    steps.push(`${this.constructor.name} destroyed`);
  }

  onApplicationShutdown(): void {
    steps.push(`${this.constructor.name} shut down`);
  }
}

@Injectable()
class Pool extends Recorded {}

@Injectable()
class Cache extends Recorded {}

/** A guard of the whole application, in its root module. */
@Injectable()
class QuotaGuard extends Recorded implements CanActivate {
  canActivate(): boolean {
    return !this.isGone;
  }
}

@WebSocketGateway({ path: '/rooms' })
class RoomGateway extends Recorded {
  constructor(
    private readonly pool: Pool,
    private readonly cache: Cache,
  ) {
    super();
  }

  async handleDisconnect(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    steps.push(`left ${this.state}`);
  }

  @SubscribeMessage('work')
  async work(@MessageBody() name: string): Promise<string> {
    await new Promise<void>((resolve) => begun.push(resolve));
    return `${name} ${this.state}`;
  }

  private get state(): string {
    return this.pool.isGone || this.cache.isGone ? 'without its providers' : 'well';
  }
}

@WebSocketGateway(ownPort)
class OwnPortGateway {
  @SubscribeMessage('work')
  @UseGuards(QuotaGuard)
  async work(): Promise<string> {
    await new Promise<void>((resolve) => begun.push(resolve));
    return 'on its own port';
  }
}

/** Nest makes one for each connection. */
@WebSocketGateway({ path: '/scoped' })
@Injectable({ scope: Scope.REQUEST })
class ScopedGateway {
  constructor(private readonly pool: Pool) {}

  async handleDisconnect(_client: WireSocket): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    steps.push(`scoped left ${this.pool.isGone ? 'without its pool' : 'well'}`);
  }
}

@Module({ providers: [Pool], exports: [Pool] })
class PoolModule {}

@Module({ imports: [PoolModule], providers: [Cache, RoomGateway, OwnPortGateway, ScopedGateway, QuotaGuard] })
class RoomModule {}

let app: WireApp;

afterEach(async () => {
  while (begun.size > 0) (await begun.next())();
  await app.close();
  steps.length = 0;
});

async function start(http: 'express' | 'fastify', options?: WireAdapterOptions): Promise<void> {
  app = await startWireApp({
    http,
    imports: [RoomModule],
    providers: [{ provide: APP_GUARD, useClass: QuotaGuard }],
    ...(options && { options }),
  });
}

/** Asks, and waits until the handler is at work. @returns what lets it go on */
async function ask(client: FrameClient, name: string): Promise<() => void> {
  client.json({ id: name, event: 'work', data: name });
  return begun.next();
}

async function statusOfUpgrade(port: number): Promise<string[]> {
  const late = await RawClient.open(port);
  late.write(upgradeRequest('/rooms'));
  const head = await late.head();
  late.drop();
  return head.filter((line) => /^HTTP|^Retry-After/.test(line));
}

describe.each(['express', 'fastify'] as const)('app.close() over %s', (http) => {
  it('answers what runs, closes everybody and waits for their hooks, and only then destroys', async () => {
    await start(http);
    const [busy, idle] = [await app.client('/rooms'), await app.client('/rooms')];
    const scoped = await app.client('/scoped');
    const release = await ask(busy, 'Ada');
    const closed = app.app.close();

    for (const client of [idle, scoped]) {
      expect(await client.nextClose()).toBe(1001);
      client.close(1001);
    }
    expect(await statusOfUpgrade(app.port)).toEqual(['HTTP/1.1 503 Service Unavailable', 'Retry-After: 5']);
    expect(steps.filter((step) => step.endsWith('destroyed'))).toEqual([]);

    release();
    expect(await busy.nextJson()).toEqual({ id: 'Ada', type: 'next', data: 'Ada well' });
    expect(await busy.nextJson()).toEqual({ id: 'Ada', type: 'complete' });
    expect(await busy.nextClose()).toBe(1001);
    busy.close(1001);
    await within(closed, 'the application to close');

    expect(steps.filter((step) => step.includes('left')).sort()).toEqual([
      'left well',
      'left well',
      // Nest 11 makes no gateways for connections.
      ...onNest({ 11: [], 12: ['scoped left well'] }),
    ]);
    const lastLeft = steps.findLastIndex((step) => step.includes('left'));
    const firstDestroyed = steps.findIndex((step) => step.endsWith('destroyed'));
    expect(lastLeft).toBeLessThan(firstDestroyed);
    expect(steps).toContain('Pool destroyed');
  });

  it('a gateway’s own port drains with the rest', async () => {
    await start(http);
    const client = await app.clientOn(ownPort);
    const release = await ask(client, 'x');
    const closed = app.app.close();
    expect(await statusOfUpgrade(ownPort)).toEqual(['HTTP/1.1 503 Service Unavailable', 'Retry-After: 5']);
    release();
    expect(await client.nextJson()).toMatchObject({ data: 'on its own port' });
    expect(await client.nextClose()).toBe(1001);
    client.close(1001);
    await within(closed, 'the application to close');
  });
});

describe('drain', () => {
  it('by hand: the application stays, and closes afterwards without a wait', async () => {
    await start('express', { drain: { closeCode: 1012, retryAfterSeconds: 30 } });
    const client = await app.client('/rooms');
    const drained = app.adapter.drain();
    expect(await client.nextClose()).toBe(1012);
    client.close(1012);
    await within(drained, 'the drain');
    expect(steps).toEqual(['left well']);
    expect(await statusOfUpgrade(app.port)).toEqual(['HTTP/1.1 503 Service Unavailable', 'Retry-After: 30']);
    await within(app.app.close(), 'the application to close');
  });

  it('begins with a signal, where shutdown hooks are enabled', async () => {
    await start('express');
    let exited!: (code: unknown) => void;
    const exit = new Promise((resolve) => (exited = resolve));
    const spy = jest.spyOn(process, 'exit').mockImplementation(((code) => exited(code)) as typeof process.exit);
    try {
      app.app.enableShutdownHooks(['SIGUSR2'], { useProcessExit: true });
      const client = await app.client('/rooms');
      const release = await ask(client, 'Ada');
      process.emit('SIGUSR2');
      expect(await statusOfUpgrade(app.port)).toEqual(['HTTP/1.1 503 Service Unavailable', 'Retry-After: 5']);
      release();
      expect(await client.nextJson()).toMatchObject({ data: 'Ada well' });
      expect(await client.nextJson()).toMatchObject({ type: 'complete' });
      expect(await client.nextClose()).toBe(1001);
      client.close(1001);
      expect(await within(exit, 'the exit')).toBe(0);
      expect(steps).toContain('Pool shut down');
    } finally {
      spy.mockRestore();
    }
  });

  it('under compatibility: platform-ws, clients are cut off where Nest closes the adapter', async () => {
    await start('express', { compatibility: 'platform-ws' });
    const client = await app.client('/rooms');
    await within(app.app.close(), 'the application to close');
    await expect(client.nextFrame()).rejects.toThrow('none will come');
    expect(steps.indexOf('Pool destroyed')).toBeLessThan(steps.indexOf('left without its providers'));
  });
});
