// `verifyClient`, asked before the 101, and what may go wrong while its answer is awaited.

import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { VerifyClientCallback, VerifyClientInfo, WireServer } from '../../../lib/index.js';
import { Inbox, within } from '../../support/bounded-wait.js';
import { frame } from '../../support/bytes.js';
import { RawClient, upgradeRequest } from '../../support/raw-client.js';
import { startWireApp, useWireApp } from '../../support/wire-app.js';

type Callback = (verified: boolean, status?: number, message?: string, headers?: Record<string, string>) => void;

const asked = new Inbox<VerifyClientCallback>('a question');
const connected = new Inbox<unknown>('a connection');

class Gateway {
  handleConnection(client: unknown): void {
    connected.push(client);
  }
}

@WebSocketGateway({
  path: '/async',
  verifyClient: (_info: VerifyClientInfo, callback: VerifyClientCallback) => asked.push(callback),
})
class AsyncGateway extends Gateway {
  @WebSocketServer()
  readonly server!: WireServer;
}

@WebSocketGateway({ path: '/yes', verifyClient: () => true })
class YesGateway extends Gateway {}

@WebSocketGateway({ path: '/no', verifyClient: () => false })
class NoGateway extends Gateway {}

@WebSocketGateway({ path: '/promised-no', verifyClient: async () => Promise.resolve(false) })
class PromisedNoGateway extends Gateway {}

@WebSocketGateway({ path: '/promised-yes', verifyClient: async () => Promise.resolve(true) })
class PromisedYesGateway extends Gateway {}

@WebSocketGateway({
  path: '/throws',
  verifyClient: () => {
    throw new Error('secret');
  },
})
class ThrowingGateway extends Gateway {}

@WebSocketGateway({ path: '/rejects', verifyClient: () => Promise.reject(new Error('secret')) })
class RejectingGateway extends Gateway {}

@WebSocketGateway({
  path: '/rejects-after-asking',
  verifyClient: (_info: VerifyClientInfo, _callback: VerifyClientCallback) => Promise.reject(new Error('secret')),
})
class RejectingAsyncGateway extends Gateway {}

@WebSocketGateway({
  path: '/injects',
  verifyClient: (_info: VerifyClientInfo, callback: Callback) =>
    callback(false, 401, 'No.', { 'X-Header': 'a\r\nSet-Cookie: evil=1' }),
})
class InjectingGateway extends Gateway {}

@WebSocketGateway({
  path: '/headers',
  verifyClient: (_info: VerifyClientInfo, callback: Callback) =>
    callback(false, 429, 'Slow down.', { 'Retry-After': '30' }),
})
class HeadersGateway extends Gateway {}

const providers = [
  AsyncGateway,
  YesGateway,
  NoGateway,
  PromisedNoGateway,
  PromisedYesGateway,
  ThrowingGateway,
  RejectingGateway,
  RejectingAsyncGateway,
  InjectingGateway,
  HeadersGateway,
];

describe('verifyClient', () => {
  const app = useWireApp({ providers });

  async function answer(path: string): Promise<string> {
    const client = await RawClient.open(app.current.port);
    client.write(upgradeRequest(path));
    const lines = await client.head();
    client.drop();
    return lines.join('\n');
  }

  it.each([
    ['/yes', 101],
    ['/promised-yes', 101],
    ['/no', 401],
    ['/promised-no', 401],
    ['/throws', 500],
    ['/rejects', 500],
    ['/rejects-after-asking', 500],
    ['/injects', 500],
    ['/headers', 429],
  ])('%s: %i', async (path, status) => {
    const before = connected.size;
    const head = await answer(path);
    expect(head).toMatch(`HTTP/1.1 ${status} `);
    expect(head).not.toMatch('secret');
    expect(head).not.toMatch('evil');
    expect(connected.size).toBe(before + (status === 101 ? 1 : 0));
  });

  it('may add headers to a refusal', async () => {
    expect(await answer('/headers')).toMatch('\nRetry-After: 30');
  });

  it('what it throws is in the log', async () => {
    await answer('/throws');
    expect(app.current.logged('error')).toMatch('verifyClient failed');
  });

  it('what the client sends while it thinks is read afterwards', async () => {
    const client = await RawClient.open(app.current.port);
    client.write(upgradeRequest('/async'));
    const callback = await asked.next();
    client.write(frame('client', 0x89, 'early'));
    callback(true);
    expect((await client.head())[0]).toMatch(' 101 ');
    expect((await client.bytes(7)).equals(frame('server', 0x8a, 'early'))).toBe(true);
    callback(false);
    callback(true);
    client.write(frame('client', 0x89, 'still'));
    expect((await client.bytes(7)).equals(frame('server', 0x8a, 'still'))).toBe(true);
    client.drop();
  });

  it.each([
    ['resets', (client: RawClient) => client.reset()],
    ['leaves', (client: RawClient) => client.drop()],
  ])('when the client %s while it thinks, no handler runs', async (_, leave) => {
    while (connected.size > 0) await connected.next();
    const sockets: Socket[] = [];
    app.current.server.once('connection', (socket: Socket) => sockets.push(socket));
    const client = await RawClient.open(app.current.port);
    client.write(upgradeRequest('/async'));
    const callback = await asked.next();
    const [socket] = sockets;
    const gone = new Promise<void>((resolve) => {
      socket!.once('end', resolve).once('close', resolve);
    });
    leave(client);
    await within(gone, 'the news that it left');
    callback(true);
    const other = await app.current.client('/yes');
    await other.roundTrip();
    expect(connected.size).toBe(1);
    expect(socket!.destroyed).toBe(true);
  });

  it('a refusal for a client that has left harms nobody', async () => {
    const client = await RawClient.open(app.current.port);
    client.write(upgradeRequest('/async'));
    const callback = await asked.next();
    client.reset();
    const other = await app.current.client('/yes');
    await other.roundTrip();
    callback(false);
    await other.roundTrip();
  });
});

describe('verifyClient and the end of the application', () => {
  it('a client that is let in too late gets a 503, and the application closes', async () => {
    const app = await startWireApp({ providers });
    const client = await RawClient.open(app.port);
    client.write(upgradeRequest('/async'));
    const callback = await asked.next();
    const closed = app.app.close();
    const { server } = app.get(AsyncGateway);
    while (!server.isClosing) await new Promise((resolve) => setImmediate(resolve));
    callback(true);
    expect((await client.head())[0]).toBe('HTTP/1.1 503 Service Unavailable');
    client.drop();
    await within(closed, 'the app to close');
  });
});

describe('limits.handshakeTimeoutMs', () => {
  it('bounds verifyClient on a real connection', async () => {
    const app = await startWireApp({ providers, options: { limits: { handshakeTimeoutMs: 300 } } });
    const client = await RawClient.open(app.port);
    client.write(upgradeRequest('/async'));
    expect((await client.rest()).toString()).toMatch(/^HTTP\/1\.1 503 /);
    (await asked.next())(true);
    await app.close();
  });
});
