// Gateways that share a path or a port, in a running application.

import { describe, expect, it } from '@jest/globals';
import { Module, type Type } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { InvalidOptionError, type WireAdapterOptions, type WireGatewayOptions } from '../../../lib/index.js';
import { freePort } from '../../support/free-port.js';
import { headOf } from '../../support/upgrade-answer.js';
import { startWireApp, type WireApp } from '../../support/wire-app.js';

function gateway(name: string, options: WireGatewayOptions, port = 0): Type {
  class Gateway {
    answer(): string {
      return name;
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Gateway.prototype, 'answer')!;
  SubscribeMessage(name)(Gateway.prototype, 'answer', descriptor);
  Object.defineProperty(Gateway, 'name', { value: name });
  WebSocketGateway(port, options)(Gateway);
  return Gateway;
}

const start = (providers: Type[], options: WireAdapterOptions = {}): Promise<WireApp> =>
  startWireApp({ providers, options });

/** The status of an upgrade by a page of another origin. */
async function statusOf(app: WireApp, path: string): Promise<string> {
  const head = await headOf(app.port, path, { Origin: 'https://page.example' });
  return head[0]!.slice(9, 12);
}

describe('gateways on one path', () => {
  it('share what any of them says, also across modules', async () => {
    @Module({ providers: [gateway('Second', { path: '/shared', origins: 'any' })] })
    class OtherModule {}
    const app = await startWireApp({
      imports: [OtherModule],
      providers: [gateway('First', { path: '/shared', limits: { maxMessageBytes: 200 } })],
    });
    expect(await statusOf(app, '/shared')).toBe('101');
    const client = await app.client('/shared');
    expect(await client.ask({ event: 'First' })).toBe('First');
    expect(await client.ask({ event: 'Second' })).toBe('Second');
    client.text('x'.repeat(201));
    expect(await client.nextClose()).toBe(1009);
    await app.close();
  });

  it.each([
    ['chat', '/chat'],
    ['/chat/', 'chat'],
  ])('written %s and %s share it as well', async (one, other) => {
    const app = await start([gateway('First', { path: one }), gateway('Second', { path: other, origins: 'any' })]);
    const client = await app.client('/chat');
    expect(await client.ask({ event: 'First' })).toBe('First');
    expect(await client.ask({ event: 'Second' })).toBe('Second');
    expect(await statusOf(app, '/chat')).toBe('101');
    await app.close();
  });

  it('that say different things are an error at start-up', async () => {
    const starting = start([
      gateway('Open', { path: '/chat', origins: 'any' }),
      gateway('Closed', { path: 'chat', origins: 'same-origin' }),
    ]);
    await expect(starting).rejects.toThrow(InvalidOptionError);
    await expect(starting).rejects.toThrow(
      'option "origins" must be the same in Open and Closed, which share the path "/chat", ' +
        "not { Open: 'any', Closed: 'same-origin' }",
    );
  });

  it('share what each says of the drain', async () => {
    const app = await start([
      gateway('Spread', { path: '/chat', drain: { spreadMs: 20_000 } }),
      gateway('Slow', { path: '/chat', drain: { timeoutMs: 30_000 } }),
    ]);
    await app.close();
    const starting = start([
      gateway('Spread', { path: '/chat', drain: { spreadMs: 9_000 } }),
      gateway('Fast', { path: '/chat', drain: { timeoutMs: 1_000 } }),
    ]);
    await expect(starting).rejects.toThrow(
      'option "drain.spreadMs" of Spread and Fast must be at most drain.timeoutMs',
    );
  });

  it('on different ports share nothing', async () => {
    const port = await freePort();
    const app = await start([
      gateway('Here', { path: '/chat', origins: 'any' }),
      gateway('There', { path: '/chat', origins: 'same-origin' }, port),
    ]);
    expect(await statusOf(app, '/chat')).toBe('101');
    expect((await headOf(port, '/chat', { Origin: 'https://page.example' }))[0]).toMatch(' 403 ');
    await app.close();
  });
});

describe('gateways on one port', () => {
  it('listen where any of them says', async () => {
    const port = await freePort();
    const app = await start([
      gateway('One', { path: '/one' }, port),
      gateway('Two', { path: '/two', host: '127.0.0.1' }, port),
    ]);
    expect((await headOf(port, '/one'))[0]).toMatch(' 101 ');
    await app.close();
  });

  it('that name different hosts are an error at start-up', async () => {
    const port = await freePort();
    const starting = start([
      gateway('One', { path: '/one', host: '127.0.0.1' }, port),
      gateway('Two', { path: '/two', host: '0.0.0.0' }, port),
    ]);
    await expect(starting).rejects.toThrow(
      `option "host" must be the same in One and Two, which share the port ${port}`,
    );
  });
});

describe('a path with parameters', () => {
  it('comes after precise ones, in order of declaration', async () => {
    const app = await start([
      gateway('Room', { path: '/rooms/:room' }),
      gateway('Any', { path: '/:kind/:name' }),
      gateway('Lobby', { path: '/rooms/lobby' }),
    ]);
    for (const [path, name] of [
      ['/rooms/lobby', 'Lobby'],
      ['/rooms/den', 'Room'],
      ['/games/go', 'Any'],
    ] as const) {
      const client = await app.client(path);
      expect(await client.ask({ event: name })).toBe(name);
    }
    await app.close();
  });

  it('that cannot be meant is an error at start-up', async () => {
    await expect(start([gateway('Room', { path: '/rooms/:' })])).rejects.toThrow('option "path" of Room must be');
  });

  it('that differs from another in its names only is an error: one of the two would never be reached', async () => {
    const starting = start([gateway('Room', { path: '/rooms/:room' }), gateway('Other', { path: '/rooms/:id' })]);
    await expect(starting).rejects.toThrow(
      /option "path" of (Room|Other) must be another than "\/rooms\/:(room|id)", which is for the same requests, not '\/rooms\/:(room|id)'/,
    );
  });

  it('is a text under compatibility: platform-ws, as there', async () => {
    const app = await start([gateway('Room', { path: '/rooms/:room' })], { compatibility: 'platform-ws' });
    expect(await statusOf(app, '/rooms/:room')).toBe('101');
    await expect(app.client('/rooms/den')).rejects.toThrow('no 101 came');
    await app.close();
  });
});

describe('origins and subprotocols', () => {
  it('are those of the path', async () => {
    const app = await start(
      [
        gateway('Listed', { path: '/listed', origins: ['https://page.example'], subprotocols: ['v2'] }),
        gateway('Strict', { path: '/strict', subprotocols: ['v1'] }),
        gateway('Plain', { path: '/plain' }),
      ],
      { origins: 'any', subprotocols: ['v3'] },
    );
    const protocolOf = async (path: string): Promise<string | undefined> => {
      const head = await headOf(app.port, path, { 'Sec-WebSocket-Protocol': 'v1, v2, v3' });
      return head.find((line) => line.startsWith('Sec-WebSocket-Protocol'))?.slice(-2);
    };
    expect(await Promise.all(['/listed', '/strict', '/plain'].map(protocolOf))).toEqual(['v2', 'v1', 'v3']);
    expect(await statusOf(app, '/listed')).toBe('101');
    expect((await headOf(app.port, '/listed', { Origin: 'https://other.example' }))[0]).toMatch(' 403 ');
    expect(await statusOf(app, '/plain')).toBe('101');
    await app.close();
  });
});
