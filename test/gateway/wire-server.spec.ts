// What @WebSocketServer() gives: the clients of a path, and their end.

import { describe, expect, it } from '@jest/globals';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { WireServer, WireSocket } from '../../lib/index.js';
import { Inbox, until, within } from '../support/bounded-wait.js';
import { closePayload } from '../support/bytes.js';
import { RawClient, upgradeRequest } from '../support/raw-client.js';
import { startWireApp, useWireApp, type WireApp } from '../support/wire-app.js';

const left = new Inbox<number>('a disconnect');

/** The next disconnect with this code; those of clients that tests dropped are passed over. */
async function leftWith(code: number): Promise<void> {
  while ((await left.next()) !== code);
}

@WebSocketGateway()
class Gateway {
  @WebSocketServer()
  readonly server!: WireServer;

  handleDisconnect(_client: WireSocket, code: number): void {
    left.push(code);
  }

  @SubscribeMessage('size')
  size(): number {
    return this.server.clients.size;
  }

  @SubscribeMessage('pause')
  pause(@ConnectedSocket() client: WireSocket): void {
    client.pause();
  }

  @SubscribeMessage('throw at the end')
  throwAtTheEnd(@ConnectedSocket() client: WireSocket): string {
    client.once('close', () => {
      throw new Error('a listener of the application');
    });
    return 'will';
  }
}

@WebSocketGateway({ path: '/other' })
class OtherGateway extends Gateway {}

const providers = [Gateway, OtherGateway];
const serverOf = (app: WireApp): WireServer => app.get(Gateway).server;

describe('WireServer', () => {
  const app = useWireApp({ providers });

  it('has the clients of its path, from handshake to end', async () => {
    const [one, two] = [await app.current.client(), await app.current.client()];
    const other = await app.current.client('/other');
    expect(await one.ask({ event: 'size' })).toBe(2);
    expect(await other.ask({ event: 'size' })).toBe(1);
    for (const client of serverOf(app.current).clients) expect(client).toBeInstanceOf(WireSocket);
    two.close(1000);
    await two.ended();
    // Our side of the end may come a moment later than the client's.
    while ((await one.ask({ event: 'size' })) !== 1);
  });

  it('knows its path and its address', () => {
    expect(serverOf(app.current)).toBeInstanceOf(WireServer);
    expect(serverOf(app.current).path).toBe('/');
    expect(serverOf(app.current).address()).toMatchObject({ address: '127.0.0.1', port: app.current.port });
  });

  it('sends to everybody', async () => {
    const clients = [await app.current.client(), await app.current.client(), await app.current.client()];
    for (const client of serverOf(app.current).clients) client.send('to all');
    for (const client of clients) expect(await client.nextText()).toBe('to all');
  });

  it('may add to the 101 in a listener of headers', async () => {
    const listener = (lines: string[]) => void lines.push('X-Served-By: nestwire');
    serverOf(app.current).on('headers', listener);
    const client = await app.current.client();
    expect(client.head).toContain('X-Served-By: nestwire');
    serverOf(app.current).off('headers', listener);
  });

  it.each([
    ['connection', 1011],
    ['headers', 500],
  ])('a listener of %s that throws costs that client its connection, and nothing else', async (event, end) => {
    const listener = () => {
      throw new Error('a listener of the application');
    };
    serverOf(app.current).once(event, listener);
    const client = await RawClient.open(app.current.port);
    client.write(upgradeRequest('/'));
    const [status] = await client.head();
    if (end === 500) {
      expect(status).toMatch(' 500 ');
    } else {
      expect((await client.bytes(4)).subarray(2)).toEqual(closePayload(end));
    }
    client.drop();
    await (await app.current.client()).expectSilence();
  });

  it('members of other servers say what to use instead', () => {
    const server = serverOf(app.current) as unknown as Record<string, () => void>;
    for (const name of ['to', 'in', 'handleUpgrade', 'shouldHandle']) {
      expect(() => server[name]!()).toThrow(`WireServer has no ${name}()`);
    }
  });
});

describe('close', () => {
  it('closes everybody with 1001, and refuses new ones with 503 meanwhile', async () => {
    const app = await startWireApp({ providers });
    const [one, two] = [await app.client(), await app.client()];
    const closed = new Promise<void>((resolve) => serverOf(app).close(() => resolve()));
    expect(await one.nextFrame()).toEqual({
      firstByte: 0x88,
      payload: closePayload(1001, 'The server is shutting down'),
    });
    expect(await two.nextClose()).toBe(1001);
    const late = await RawClient.open(app.port);
    late.write(upgradeRequest('/'));
    expect((await late.head())[0]).toBe('HTTP/1.1 503 Service Unavailable');
    late.drop();
    one.close(1001);
    two.close(1001);
    await within(closed, 'the close');
    expect(serverOf(app).clients.size).toBe(0);
    await leftWith(1001);
    await leftWith(1001);
    await app.close();
  });

  it('a second one waits for the same end; each callback is called once', async () => {
    const app = await startWireApp({ providers });
    const client = await app.client();
    const calls: string[] = [];
    serverOf(app).on('close', () => calls.push('event'));
    serverOf(app).close(() => calls.push('first'));
    serverOf(app).close();
    serverOf(app).close(() => calls.push('second'));
    expect(await client.nextClose()).toBe(1001);
    client.close(1001);
    await client.ended();
    await app.close();
    serverOf(app).close(() => calls.push('third'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toEqual(['event', 'first', 'second', 'third']);
  });

  it('other paths are left alone', async () => {
    const app = await startWireApp({ providers });
    const other = await app.client('/other');
    await within(new Promise<void>((resolve) => serverOf(app).close(() => resolve())), 'the close');
    await other.expectSilence();
    await app.close();
  });

  it('clients that never answer are cut off at closeTimeoutMs, and the application closes', async () => {
    const app = await startWireApp({ providers, options: { limits: { closeTimeoutMs: 50 } } });
    const [silent, stopped] = [await app.client(), await app.client()];
    stopped.stopReading();
    silent.socket.removeAllListeners('end');
    await within(app.app.close(), 'the application to close');
    expect(await silent.nextClose()).toBe(1001);
    await silent.ended();
    stopped.drop();
  });

  it('clients that we have paused hear of it all the same', async () => {
    const app = await startWireApp({ providers });
    const client = await app.client();
    client.json({ event: 'pause' });
    await until(() => [...serverOf(app).clients].every((socket) => socket.isPaused), 'the pause');
    const closed = app.app.close();
    expect(await client.nextClose()).toBe(1001);
    client.close(1001);
    await within(closed, 'the application to close');
    await client.ended();
  });

  it('listeners that throw at the end hold nobody up', async () => {
    const app = await startWireApp({ providers });
    const client = await app.client();
    expect(await client.ask({ event: 'throw at the end' })).toBe('will');
    serverOf(app).on('close', () => {
      throw new Error('a listener of the application');
    });
    const closed = app.app.close();
    client.close(1001);
    await within(closed, 'the application to close');
    await leftWith(1001);
    expect(app.logged('error')).toMatch('A listener of "close" failed');
    expect(app.logged('error')).toMatch('A listener of "close" threw');
  });

  it('under compatibility: platform-ws clients are cut off, as there', async () => {
    const app = await startWireApp({ providers, options: { compatibility: 'platform-ws' } });
    const client = await app.client();
    await within(app.app.close(), 'the application to close');
    await client.ended();
    await expect(client.nextFrame()).rejects.toThrow('none will come');
  });
});
