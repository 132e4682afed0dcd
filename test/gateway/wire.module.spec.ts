// Options from configuration, with the real @nestjs/config.

import { describe, expect, it } from '@jest/globals';
import { type ExecutionContext, HttpException, Injectable, Module, UseGuards } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { UseHandshakeGuards, type WireAdapterOptions, WireModule, type WireSocket } from '../../lib/index.js';
import { freePort } from '../support/free-port.js';
import { headOf } from '../support/upgrade-answer.js';
import { startWireApp, type WireApp, type WireAppSettings } from '../support/wire-app.js';

@WebSocketGateway({ path: '/decorated', subprotocols: ['v1'] })
class ConfiguredGateway {
  @SubscribeMessage('where')
  where(): string {
    return 'here';
  }
}

class SpecificGateway extends ConfiguredGateway {}
WebSocketGateway({ path: '/specific' })(SpecificGateway);

const config = (values: Record<string, unknown>) =>
  ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => values] });

const start = (imports: WireAppSettings['imports'] & object, options?: WireAdapterOptions): Promise<WireApp> =>
  startWireApp({ imports, providers: [ConfiguredGateway], ...(options && { options }) });

async function isOpenToPages(port: number, path: string): Promise<boolean> {
  const head = await headOf(port, path, { Origin: 'https://page.example' });
  return head[0]!.includes(' 101 ');
}

describe('WireModule.forRootAsync', () => {
  const fromConfig = WireModule.forRootAsync({
    inject: [ConfigService],
    useFactory: async (config: ConfigService) => ({ origins: await Promise.resolve(config.getOrThrow('ORIGINS')) }),
  });

  it('gives the adapter its options', async () => {
    const app = await start([config({ ORIGINS: ['https://page.example'] }), fromConfig]);
    expect(await isOpenToPages(app.port, '/decorated')).toBe(true);
    await app.close();
    const other = await start([config({ ORIGINS: ['https://other.example'] }), fromConfig]);
    expect(await isOpenToPages(other.port, '/decorated')).toBe(false);
    await other.close();
  });

  it('what stands in the constructor takes precedence', async () => {
    const app = await start([config({ ORIGINS: ['https://other.example'] }), fromConfig], { origins: 'any' });
    expect(await isOpenToPages(app.port, '/decorated')).toBe(true);
    await app.close();
  });

  it('limits are merged one by one: what the constructor says of one says nothing of the others', async () => {
    const configured = WireModule.forRoot({ limits: { maxMessageBytes: 100 }, heartbeat: { intervalMs: 0 } });
    const app = await start([configured], { limits: { maxStreams: 1 } });
    const client = await app.client('/decorated');
    client.text('x'.repeat(101));
    expect(await client.nextClose()).toBe(1009);
    await app.close();
  });

  it('may be a class, and forRoot takes them as they are', async () => {
    @Injectable()
    class WireOptions {
      create(): WireAdapterOptions {
        return { origins: 'any' };
      }
    }
    for (const module of [WireModule.forRootAsync({ useClass: WireOptions }), WireModule.forRoot({ origins: 'any' })]) {
      const app = await start([module]);
      expect(await isOpenToPages(app.port, '/decorated')).toBe(true);
      await app.close();
    }
  });

  it('what cannot be meant is an error when the adapter is made', async () => {
    await expect(start([config({ ORIGINS: 'everyone' }), fromConfig])).rejects.toThrow('option "origins" must be');
  });

  it('twice is an error, since only one of them could hold', async () => {
    const modules = [WireModule.forRoot({ origins: 'any' }), WireModule.forRoot({ origins: 'same-origin' })];
    await expect(start(modules)).rejects.toThrow('WireModule.forRoot and forRootAsync are for one module');
  });
});

describe('WireModule.forGatewayAsync', () => {
  const fromConfig = WireModule.forGatewayAsync(ConfiguredGateway, {
    inject: [ConfigService],
    useFactory: (config: ConfigService) => config.getOrThrow('gateway'),
  });

  it('takes the place of the options in the decorator, path and all', async () => {
    const app = await start([config({ gateway: { path: '/configured/:id', origins: 'any' } }), fromConfig]);
    expect(await isOpenToPages(app.port, '/configured/1')).toBe(true);
    expect((await headOf(app.port, '/decorated'))[0]).toMatch(' 404 ');
    const head = await headOf(app.port, '/configured/1', { 'Sec-WebSocket-Protocol': 'v0, v1' });
    expect(head).toContain('Sec-WebSocket-Protocol: v1');
    await app.close();
  });

  it('may name a port', async () => {
    const port = await freePort();
    const app = await start([config({ gateway: { port, host: '127.0.0.1' } }), fromConfig]);
    expect((await headOf(port, '/decorated'))[0]).toMatch(' 101 ');
    expect((await headOf(app.port, '/decorated'))[0]).not.toMatch(' 101 ');
    await app.close();
  });

  it('holds in its application only: the next begins with the decorator', async () => {
    const app = await start([]);
    const client = await app.client('/decorated');
    expect(await client.ask({ event: 'where' })).toBe('here');
    await app.close();
  });

  it('of two applications at once holds for each of them', async () => {
    // Both adapters are there before either application reads what its gateways say; they start side by side.
    const apps = await Promise.all(
      ['/one', '/two'].map((path) =>
        start([WireModule.forGatewayAsync(ConfiguredGateway, { useFactory: () => ({ path }) })]),
      ),
    );
    const statuses = await Promise.all(
      apps.flatMap(({ port }) =>
        ['/one', '/two', '/decorated'].map(async (path) => (await headOf(port, path))[0]!.slice(9, 12)),
      ),
    );
    expect(statuses).toEqual(['101', '404', '404', '404', '101', '404']);
    expect(apps.map((app) => app.get(ConfiguredGateway).constructor)).toEqual([ConfiguredGateway, ConfiguredGateway]);
    for (const app of apps) await app.close();
  });

  it('guards, filters and hooks are still those of the gateway, and it is the class that guards are told of', async () => {
    const seen: unknown[] = [];
    const guard = {
      canActivate(context: ExecutionContext): boolean {
        seen.push(context.getClass());
        return true;
      },
    };
    @UseHandshakeGuards(guard)
    @UseGuards(guard)
    @WebSocketGateway({ path: '/decorated' })
    class GuardedGateway {
      handleConnection(client: WireSocket): void {
        client.send('"hello"');
      }

      @SubscribeMessage('fail')
      fail(): void {
        throw new HttpException('gone', 410);
      }
    }
    const configured = WireModule.forGatewayAsync(GuardedGateway, { useFactory: () => ({ path: '/moved' }) });
    const app = await startWireApp({ imports: [configured], providers: [GuardedGateway] });
    const client = await app.client('/moved');
    expect(await client.nextText()).toBe('"hello"');
    expect(await client.ask({ event: 'fail', id: 1 })).toMatchObject({ id: 1, error: { status: 410 } });
    expect(seen).toEqual([GuardedGateway, GuardedGateway]);
    await app.close();
  });

  it('may stand in the module of the gateway, beside others', async () => {
    @Module({
      imports: [WireModule.forGatewayAsync(SpecificGateway, { useFactory: () => ({ path: '/late' }) }), fromConfig],
      providers: [SpecificGateway],
    })
    class FeatureModule {}
    const app = await start([config({ gateway: { path: '/configured' } }), FeatureModule]);
    for (const path of ['/late', '/configured']) expect((await headOf(app.port, path))[0]).toMatch(' 101 ');
    await app.close();
  });

  it('for a class that is no gateway of the application is an error', async () => {
    const stray = WireModule.forGatewayAsync(SpecificGateway, { useFactory: () => ({}) });
    await expect(start([stray])).rejects.toThrow('SpecificGateway is no gateway of this application');
  });

  it.each([{ port: -1 }, { port: '3000' }, { port: 65_536 }, { pth: '/x' }, { path: 5 }])(
    '%j is an error at start-up',
    async (gateway) => {
      await expect(start([config({ gateway }), fromConfig])).rejects.toThrow(/^nestwire: option "/);
    },
  );
});
