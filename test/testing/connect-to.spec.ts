// The kit against applications that never open a port: every kind of HTTP server, refusals, and what goes wrong in a spec.

import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { WireAdapter, type WireAdapterOptions, type WireSocket } from '../../lib/index.js';
import { connectTo, HandshakeRefusedError } from '../../lib/testing/index.js';

@WebSocketGateway({ path: '/rooms' })
class RoomGateway {
  @SubscribeMessage('seen')
  seen(@ConnectedSocket() { request, protocol, extensions, remoteAddress }: WireSocket): object {
    const { url, headers } = request;
    return { url, host: headers.host, role: headers['x-role'], protocol, extensions, remoteAddress };
  }

  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }
}

@WebSocketGateway(81)
class PortGateway {
  @SubscribeMessage('where')
  where(): string {
    return 'port 81';
  }
}

@Controller()
class PageController {
  @Get()
  page(): string {
    return 'a page';
  }
}

let app: INestApplication | undefined;

afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function start(
  providers: ModuleMetadata['providers'] = [RoomGateway],
  options?: WireAdapterOptions,
  http = new ExpressAdapter() as ExpressAdapter | FastifyAdapter,
): Promise<{ app: INestApplication; adapter: WireAdapter }> {
  class TestedModule {}
  const module = { module: TestedModule, providers: providers ?? [], controllers: [PageController] };
  app = await NestFactory.create(module, http, { logger: false, abortOnError: false });
  const adapter = new WireAdapter(app, options);
  app.useWebSocketAdapter(adapter);
  await app.init();
  return { app, adapter };
}

describe.each([
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const)('over %s, without a port', (_, http) => {
  it('path, header fields, subprotocol and compression arrive', async () => {
    const options = { subprotocols: ['rooms.v2'], compression: true };
    const { app } = await start([RoomGateway], options, http());
    const client = await connectTo(app, {
      path: '/rooms?token=1',
      headers: { 'X-Role': 'admin' },
      subprotocols: ['rooms.v3', 'rooms.v2'],
      compression: true,
    });
    expect(client.protocol).toBe('rooms.v2');
    expect(client.extensions).toMatch(/^permessage-deflate/);
    expect(await client.request('seen')).toEqual({
      url: '/rooms?token=1',
      host: 'localhost',
      role: 'admin',
      protocol: client.protocol,
      extensions: client.extensions,
      remoteAddress: '127.0.0.1',
    });
    expect((app.getHttpServer() as Server).listening).toBe(false);
  });

  it('a refusal has status, header fields and body', async () => {
    const { app } = await start([RoomGateway], undefined, http());
    const refused = connectTo(app, { path: '/nowhere' });
    await expect(refused).rejects.toBeInstanceOf(HandshakeRefusedError);
    await expect(refused).rejects.toMatchObject({
      message: 'the server refused the handshake with status 404: No gateway has this path.',
      status: 404,
      headers: { connection: 'close' },
      body: expect.stringMatching('No gateway has this path.'),
    });
    const elsewhere = { path: '/rooms', headers: { Origin: 'https://elsewhere.example' } };
    await expect(connectTo(app, elsewhere)).rejects.toMatchObject({ status: 403 });
    const own = { path: '/rooms', headers: { Origin: 'http://localhost' } };
    await expect(connectTo(app, own)).resolves.toBeDefined();
  });

  it('app.close() closes the clients, and resolves', async () => {
    const { app } = await start([RoomGateway], undefined, http());
    const clients = await Promise.all([connectTo(app, { path: '/rooms' }), connectTo(app, { path: '/rooms' })]);
    await app.close();
    for (const client of clients) await client.expectClose(1001);
  });

  it('messages longer than every buffer come back whole', async () => {
    const { app } = await start([RoomGateway], undefined, http());
    const client = await connectTo(app, { path: '/rooms' });
    const long = 'x'.repeat(900_000);
    expect(await client.request('echo', long)).toBe(long);
  });
});

describe('a gateway on a port of its own', () => {
  it('is reached at its HTTP server; with `listen: false` nothing listens', async () => {
    const { app, adapter } = await start([PortGateway, RoomGateway], { listen: false });
    const server = adapter.httpServerOf(81);
    expect(server.listening).toBe(false);
    expect(await (await connectTo(server, { path: '/any' })).request('where')).toBe('port 81');
    const client = await connectTo(app, { path: '/rooms' });
    expect(await client.request('echo', 1)).toBe(1);
    await app.close();
    await client.expectClose(1001);
  });

  it('there is none', async () => {
    const { adapter } = await start();
    expect(() => adapter.httpServerOf(81)).toThrow(new RangeError('No gateway of this application has the port 81'));
  });
});

it('an HTTPS server sees an encrypted connection', async () => {
  const server = createTlsServer();
  server.on('upgrade', (request, socket) => {
    socket.end(`HTTP/1.1 418 Teapot\r\n\r\n${'encrypted' in request.socket} ${request.headers.host}`);
  });
  await expect(connectTo({ getHttpServer: () => server })).rejects.toMatchObject({
    status: 418,
    body: 'true localhost',
  });
});

describe('what goes wrong in a spec', () => {
  it('no adapter, or not initialised', async () => {
    await expect(connectTo(createServer())).rejects.toThrow('nobody listens for upgrades');
  });

  it('no application', async () => {
    await expect(connectTo({ getHttpServer: () => undefined })).rejects.toThrow('connectTo needs a Nest application');
  });

  it('no path', async () => {
    await expect(connectTo(createServer(), { path: 'rooms' })).rejects.toThrow(
      'a path begins with a slash, not "rooms"',
    );
  });

  it('a server that does not answer', async () => {
    const server = createServer().on('upgrade', () => undefined);
    await expect(connectTo(server, { timeoutMs: 100 })).rejects.toThrow('no answer to the handshake within 100 ms');
  });

  it('a refusal with a body that is longer than anybody wants', async () => {
    const server = createServer().on('upgrade', (_, socket) => {
      socket.end(Buffer.concat([Buffer.from('HTTP/1.1 500 Oh\r\n\r\n'), Buffer.alloc(100_000, 'x')]));
    });
    const refused = await connectTo(server).catch((error: unknown) => error as HandshakeRefusedError);
    expect(refused).toBeInstanceOf(HandshakeRefusedError);
    expect((refused as HandshakeRefusedError).body).toHaveLength(65_536);
    expect((refused as HandshakeRefusedError).message.length).toBeLessThan(300);
  });
});
