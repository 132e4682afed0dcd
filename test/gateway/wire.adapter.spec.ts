// The adapter as Nest sees it: start-up, ports of a gateway's own, parsers, and the end.

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { WireAdapter, type WireAdapterOptions, type WireSocket } from '../../lib/index.js';
import { within } from '../support/bounded-wait.js';
import { FrameClient } from '../support/frame-client.js';
import { freePort } from '../support/free-port.js';
import { RawClient, upgradeRequest } from '../support/raw-client.js';
import { startWireApp, useWireApp } from '../support/wire-app.js';

class Named {
  @SubscribeMessage('who')
  who(): string {
    return this.constructor.name;
  }

  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }
}

@WebSocketGateway()
class Root extends Named {}

describe('start-up', () => {
  it('needs the application', () => {
    for (const app of [undefined, null, {}, 'app']) {
      expect(() => new WireAdapter(app as never)).toThrow(
        'WireAdapter needs the Nest application: new WireAdapter(app)',
      );
    }
  });

  it('tells what it was told about connections that are left open', async () => {
    const app = await NestFactory.create(class {}, { logger: false });
    const adapter = new WireAdapter(app);
    for (const value of [true, false]) {
      adapter.forceCloseConnections = value;
      expect(adapter.forceCloseConnections).toBe(value);
    }
    await app.close();
  });

  it('topics that no module provides are its own, also where Nest ends the process at an error', async () => {
    @Module({ providers: [Root] })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false });
    const adapter = new WireAdapter(app);
    app.useWebSocketAdapter(adapter);
    await app.init();
    expect(await adapter.topics.publish('news', 'headline')).toMatchObject({ offset: 1 });
    await app.close();
  });

  it('wrong options fail it', async () => {
    const options = { heartbeats: {} } as WireAdapterOptions;
    await expect(startWireApp({ providers: [Root], options })).rejects.toThrow('{ heartbeats }');
  });

  it.each<[object, RegExp]>([
    [{ limits: { maxMessageBytes: '1mb' } }, /^nestwire: option "limits.maxMessageBytes" of Wrong must be an integer/],
    [{ maxPayload: '1mb' }, /option "maxPayload" of Wrong must be a number of bytes/],
    [{ pth: '/x' }, /option "@WebSocketGateway" of Wrong must be an object with any of .*, not '\{ pth \}'/],
    [{ path: 5 }, /option "path" of Wrong must be a string, not 5/],
    [{ path: '/:' }, /option "path" of Wrong must be a path of path-to-regexp/],
    [{ drain: { spreadMs: 20_000 } }, /option "drain.spreadMs" of Wrong must be at most drain.timeoutMs/],
    [{ verifyClient: true }, /option "verifyClient" of Wrong must be a function/],
  ])('wrong options of a gateway, %j, fail it, and the error names the gateway', async (options, message) => {
    @WebSocketGateway({ path: '/wrong', ...options })
    class Wrong extends Named {}
    await expect(startWireApp({ providers: [Root, Wrong] })).rejects.toThrow(message);
    @WebSocketGateway({ path: '/wrong' })
    class Right extends Named {}
    // Also beside one that is right: it is the other's.
    if (!('path' in options)) await expect(startWireApp({ providers: [Right, Wrong] })).rejects.toThrow(message);
  });

  it('wrong options of a gateway fail it under platform-ws too', async () => {
    @WebSocketGateway({ path: '/wrong', maxPayload: -1 } as object)
    class Wrong extends Named {}
    const starting = startWireApp({ providers: [Wrong], options: { compatibility: 'platform-ws' } });
    await expect(starting).rejects.toThrow('option "maxPayload" of Wrong must be');
  });

  it('a namespace fails it', async () => {
    @WebSocketGateway({ namespace: 'chat' })
    class Spaced extends Named {}
    await expect(startWireApp({ providers: [Spaced] })).rejects.toThrow('Spaced: WireAdapter has no namespaces');
  });

  it('options of Socket.IO are warned of', async () => {
    @WebSocketGateway({ cors: true, pingInterval: 5 } as object)
    class Ported extends Named {}
    const app = await startWireApp({ providers: [Ported] });
    expect(app.logged('warn')).toBe(
      'Ported: @WebSocketGateway option "cors" has no effect; use origins\n' +
        'Ported: @WebSocketGateway option "pingInterval" has no effect; use heartbeat.intervalMs',
    );
    await app.close();
  });
});

describe('options of a path', () => {
  @WebSocketGateway({ path: '/small', limits: { maxMessageBytes: 20 } })
  class Small extends Named {}

  @WebSocketGateway({ path: '/ws-small', maxPayload: 20 })
  class WsSmall extends Named {}

  const app = useWireApp({ providers: [Root, Small, WsSmall], options: { limits: { maxMessageBytes: 60 } } });

  it.each([
    ['/', 60],
    ['/small', 20],
    ['/ws-small', 20],
  ])('hold for the clients of %s: %i bytes', async (path, limit) => {
    const client = await app.current.client(path);
    client.text('x'.repeat(limit));
    expect(await client.nextJson()).toMatchObject({ event: 'exception' });
    client.text('x'.repeat(limit + 1));
    expect(await client.nextClose()).toBe(1009);
  });
});

describe('a port of a gateway’s own', () => {
  it('speaks WebSocket on every path, or on those of its gateways, and 426 to the rest', async () => {
    const [shared, single] = [await freePort(), await freePort()];

    @WebSocketGateway(shared, { path: '/a', host: '127.0.0.1' })
    class A extends Named {}

    @WebSocketGateway(shared, { path: '/b', host: '127.0.0.1' })
    class B extends Named {}

    @WebSocketGateway(single)
    class Anywhere extends Named {}

    const app = await startWireApp({ providers: [Root, A, B, Anywhere] });
    for (const [port, path, name] of [
      [app.port, '/', 'Root'],
      [shared, '/a', 'A'],
      [shared, '/b', 'B'],
      [single, '/', 'Anywhere'],
      [single, '/any/where', 'Anywhere'],
    ] as const) {
      const client = await FrameClient.open(port, path);
      expect(await client.ask({ event: 'who' })).toBe(name);
      client.drop();
      await client.ended();
    }
    const lost = await RawClient.open(shared);
    lost.write(upgradeRequest('/c'));
    expect((await lost.head())[0]).toBe('HTTP/1.1 404 Not Found');
    lost.drop();

    const [response] = (await once(get({ port: shared, host: '127.0.0.1' }), 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(426);
    expect(response.headers).toMatchObject({ upgrade: 'websocket' });
    response.resume();

    await app.close();
    await expect(FrameClient.open(shared, '/a')).rejects.toThrow('ECONNREFUSED');
  });

  it('closes with its clients when the application closes', async () => {
    const port = await freePort();

    @WebSocketGateway(port)
    class Own extends Named {}

    const app = await startWireApp({ providers: [Own] });
    const client = await FrameClient.open(port);
    const closed = app.app.close();
    expect(await client.nextClose()).toBe(1001);
    client.close(1001);
    await within(closed, 'the application to close');
    await client.ended();
  });

  it('that is taken is logged, and the application lives', async () => {
    const app = await startWireApp({ providers: [Root] });

    @WebSocketGateway(app.port, { host: '127.0.0.1' })
    class Late extends Named {}

    const other = await startWireApp({ providers: [Root, Late] });
    const client = await other.client('/');
    expect(await client.ask({ event: 'who' })).toBe('Root');
    expect(other.logged('error')).toMatch(`Port ${app.port} cannot be listened on: listen EADDRINUSE`);
    await other.close();
    await app.close();
  });
});

describe('messageParser', () => {
  const messageParser = (data: string | Buffer) => {
    const text = data.toString();
    if (text === 'nothing') return undefined;
    if (text === 'throw') throw new Error('secret');
    const [event, ...rest] = text.split(' ');
    return { event, data: `${Buffer.isBuffer(data) ? 'binary' : 'text'} ${rest.join(' ')}`, id: rest[1] };
  };
  const app = useWireApp({ providers: [Root], options: { messageParser } });

  it('reads text and binary messages in its own way, ids included', async () => {
    const client = await app.current.client();
    client.text('echo hello');
    expect(await client.nextJson()).toBe('text hello');
    client.binary(Buffer.from('echo bytes'));
    expect(await client.nextJson()).toBe('binary bytes');
    client.text('echo with id');
    expect(await client.nextJson()).toEqual({ id: 'id', type: 'next', data: 'text with id' });
  });

  it('drops what it gives nothing for', async () => {
    const client = await app.current.client();
    client.text('nothing');
    await client.expectSilence();
  });

  it('that throws tells the client nothing of it', async () => {
    const client = await app.current.client();
    client.text('throw');
    expect(await client.nextJson()).toEqual({
      event: 'exception',
      data: { status: 'error', message: 'The message cannot be read.' },
    });
    expect(app.current.logged('error')).toMatch('The messageParser threw');
  });

  it('can be replaced for clients that are connected', async () => {
    const client = await app.current.client();
    await client.roundTrip();
    app.current.adapter.setMessageParser((data) => ({ event: 'echo', data: `new ${data.toString()}` }));
    client.text('anything');
    expect(await client.nextJson()).toBe('new anything');
    app.current.adapter.setMessageParser(messageParser);
    expect(() => app.current.adapter.setMessageParser('no' as never)).toThrow(
      'option "messageParser" must be a function',
    );
  });
});

describe('the contract', () => {
  it('closeClient says that the server is starting', async () => {
    const kept: WireSocket[] = [];
    @WebSocketGateway()
    class Keeping extends Named {
      handleConnection(client: WireSocket): void {
        kept.push(client);
      }
    }
    const app = await startWireApp({ providers: [Keeping] });
    const client = await app.client();
    app.adapter.closeClient(kept[0]!);
    expect(await client.nextClose()).toBe(1013);
    await app.close();
  });

  it('a server that exists already is used', async () => {
    const app = await startWireApp({ providers: [Root] });
    const server = app.adapter.create(0);
    expect(app.adapter.create(0, { server })).toBe(server);
    await app.close();
  });

  it('afterwards the HTTP server is as it was, and a second end is none', async () => {
    const app = await startWireApp({ providers: [Root] });
    const { server } = app;
    expect(server.listenerCount('upgrade')).toBe(1);
    await app.close();
    expect(server.listenerCount('upgrade')).toBe(0);
    await app.adapter.dispose();
  });

  it('an application that does not listen to HTTP has ports of gateways only', async () => {
    const adapter = new WireAdapter({ get: () => new Map() } as never);
    const server = adapter.create(await freePort(), { host: '127.0.0.1', path: '/x/' });
    expect(server.path).toBe('/x');
    await adapter.close(server);
    await adapter.dispose();
  });
});
