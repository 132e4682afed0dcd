// The time from the TCP connection to the first request: who says nothing, or drips, is cut off; who has asked is not.

import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { ConnectionDeadline } from '../../../lib/gateway/handshake/connection-deadline.js';
import { Inbox, within } from '../../support/bounded-wait.js';
import { RawClient, upgradeRequest } from '../../support/raw-client.js';
import { selfSigned } from '../../support/self-signed.js';
import { startWireApp } from '../../support/wire-app.js';

@WebSocketGateway()
class Gateway {}

@Controller()
class PageController {
  @Get('page')
  page(): string {
    return 'page';
  }
}

const LIMIT = 400;
const settings = {
  providers: [Gateway],
  controllers: [PageController],
  options: { limits: { handshakeTimeoutMs: LIMIT } },
};

describe('a connection', () => {
  it('that says nothing is cut off', async () => {
    const app = await startWireApp(settings);
    const client = await RawClient.open(app.port);
    expect(await client.rest()).toHaveLength(0);
    await app.close();
  });

  it('that sends a header line now and then is cut off', async () => {
    const app = await startWireApp(settings);
    const client = await RawClient.open(app.port);
    client.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    const dripping = setInterval(() => client.write('X-Slow: 1\r\n'), LIMIT / 6);
    await client.rest();
    clearInterval(dripping);
    await app.close();
  });

  it('over TLS that says nothing after, or instead of, the TLS handshake is cut off', async () => {
    const app = await startWireApp({ ...settings, https: selfSigned() });
    const silent = await RawClient.open(app.port);
    expect(await silent.rest()).toHaveLength(0);
    await app.close();
  });

  it('that has been upgraded is left alone, over TCP and TLS', async () => {
    for (const tls of [false, true]) {
      const app = await startWireApp({ ...settings, ...(tls && { https: selfSigned() }) });
      const client = await app.client('/', { tls });
      // One that comes later and is cut off shows that the time is over.
      await (await RawClient.open(app.port)).rest();
      await client.expectSilence();
      await app.close();
    }
  });

  it('of HTTP that is kept alive is left alone', async () => {
    const app = await startWireApp(settings);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const page = async (): Promise<[boolean, string]> => {
      const request = get({ port: app.port, host: '127.0.0.1', path: '/page', agent });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return [request.reusedSocket, (await response.setEncoding('utf8').toArray()).join('')];
    };
    expect(await page()).toEqual([false, 'page']);
    await (await RawClient.open(app.port)).rest();
    expect(await page()).toEqual([true, 'page']);
    agent.destroy();
    await app.close();
  });

  it('0 gives it all the time of the world', async () => {
    const app = await startWireApp({ ...settings, options: { limits: { handshakeTimeoutMs: 0 } } });
    expect(app.server.listenerCount('connection')).toBe(1);
    const client = await RawClient.open(app.port);
    client.write(upgradeRequest('/'));
    expect((await client.head())[0]).toMatch(' 101 ');
    client.drop();
    await app.close();
  });
});

describe('ConnectionDeadline', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  async function listening(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  }

  it('leaves nothing behind: no listener, no timer', async () => {
    const server = createServer();
    const before = server.eventNames().map((name) => [name, server.listenerCount(name)]);
    const deadline = new ConnectionDeadline(server, 60_000);
    const port = await listening(server);
    const arrived = once(server, 'connection');
    const client = connect(port, '127.0.0.1');
    const [socket] = (await within(arrived, 'the connection')) as [Socket];
    deadline.stop();
    expect(server.eventNames().map((name) => [name, server.listenerCount(name)])).toEqual(before);
    expect(socket.destroyed).toBe(false);
    client.destroy();
    server.close();
    await once(server, 'close');
  });

  it('forgets a connection that has closed long before its time would be over', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const server = createServer();
    const deadline = new ConnectionDeadline(server, 60_000);
    const port = await listening(server);
    const sockets = new Inbox<Socket>('a connection');
    server.on('connection', (socket) => sockets.push(socket));
    const client = connect(port, '127.0.0.1');
    const socket = await sockets.next();
    const gone = new Promise((resolve) => socket.once('close', resolve));
    const timers = jest.getTimerCount();
    client.destroy();
    await gone;
    jest.advanceTimersByTime(1000);
    expect(jest.getTimerCount()).toBe(timers - 1);
    deadline.stop();
    server.close();
    await once(server, 'close');
  });

  it('cuts each connection off at its own time', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const server = createServer();
    const deadline = new ConnectionDeadline(server, 2500);
    const port = await listening(server);
    const sockets = new Inbox<Socket>('a connection');
    server.on('connection', (socket) => sockets.push(socket));
    const clients = [connect(port, '127.0.0.1')];
    const early = await sockets.next();
    jest.advanceTimersByTime(1200);
    clients.push(connect(port, '127.0.0.1'));
    const late = await sockets.next();
    const fates = (): boolean[] => [early.destroyed, late.destroyed];
    jest.advanceTimersByTime(1299);
    expect(fates()).toEqual([false, false]);
    jest.advanceTimersByTime(1);
    expect(fates()).toEqual([true, false]);
    jest.advanceTimersByTime(1199);
    expect(fates()).toEqual([true, false]);
    jest.advanceTimersByTime(1);
    expect(fates()).toEqual([true, true]);
    for (const client of clients) client.destroy();
    deadline.stop();
    server.close();
    await once(server, 'close');
  });

  it.each<[string, () => Server, (path: string) => Socket]>([
    ['HTTP', () => createServer((_request, response) => response.end('ok')), (path) => connect(path)],
    [
      'HTTPS',
      () => createSecureServer(selfSigned(), (_request, response) => response.end('ok')),
      (path) => connectTls({ path, rejectUnauthorized: false }),
    ],
  ])('works for %s on a Unix socket, whose connections have no address', async (name, create, open) => {
    const server = create();
    const deadline = new ConnectionDeadline(server, LIMIT);
    const path = `\0nestwire-${process.pid}-${name}`;
    server.listen(path);
    await once(server, 'listening');
    // One before and one after those that ask: nobody is taken for another.
    const beSilent = (): Promise<unknown> => once(open(path).resume(), 'close');
    const silent = [beSilent()];
    const asking = [open(path), open(path)];
    for (const socket of asking) {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await within(once(socket, 'data'), 'the answer');
    }
    silent.push(beSilent());
    await within(Promise.all(silent), 'the end of the silent ones');
    expect(asking.map(({ destroyed }) => destroyed)).toEqual([false, false]);
    for (const socket of asking) socket.destroy();
    deadline.stop();
    server.close();
    await once(server, 'close');
  });
});
