// What may happen while a handshake guard thinks: it never ends, the client sends ahead or leaves, the application closes.

import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { CanActivate } from '@nestjs/common';
import { WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import { OnText, UseHandshakeGuards, type WireServer } from '../../../lib/index.js';
import { Inbox, within } from '../../support/bounded-wait.js';
import { frame } from '../../support/bytes.js';
import { RawClient, upgradeRequest } from '../../support/raw-client.js';
import { startWireApp, useWireApp } from '../../support/wire-app.js';

type Verdict = { resolve(verdict: boolean): void; reject(error: Error): void };

const asked = new Inbox<Verdict>('a question');
const connected = new Inbox<unknown>('a connection');

class PendingGuard implements CanActivate {
  canActivate(): Promise<boolean> {
    return new Promise((resolve, reject) => asked.push({ resolve, reject }));
  }
}

@WebSocketGateway({ path: '/pending' })
@UseHandshakeGuards(PendingGuard)
class PendingGateway {
  @WebSocketServer()
  readonly server!: WireServer;

  handleConnection(client: unknown): void {
    connected.push(client);
  }

  @OnText()
  echo(text: string): string {
    return text;
  }
}

@WebSocketGateway({ path: '/open' })
class OpenGateway {}

const providers = [PendingGateway, OpenGateway];

describe('while a guard thinks', () => {
  const app = useWireApp({ providers });

  async function upgrade(behind = Buffer.alloc(0)): Promise<RawClient> {
    const client = await RawClient.open(app.current.port);
    client.write(Buffer.concat([Buffer.from(upgradeRequest('/pending')), behind]));
    return client;
  }

  it.each([
    ['in the same write', true],
    ['later', false],
  ])('frames that the client sends %s wait, and are no HTTP', async (_when, isBehind) => {
    const ping = frame('client', 0x89, 'early');
    const client = await upgrade(isBehind ? Buffer.from(ping) : undefined);
    const verdict = await asked.next();
    if (!isBehind) client.write(Buffer.from(ping));
    client.write(Buffer.from(frame('client', 0x89, 'again')));
    verdict.resolve(true);
    expect((await client.head())[0]).toMatch(' 101 ');
    expect(await client.bytes(7)).toEqual(Buffer.from(frame('server', 0x8a, 'early')));
    expect(await client.bytes(7)).toEqual(Buffer.from(frame('server', 0x8a, 'again')));
    client.drop();
    await connected.next();
  });

  it('a refusal is the last that is sent, whatever the client sent ahead', async () => {
    const client = await upgrade(Buffer.from(frame('client', 0x89, 'early')));
    (await asked.next()).resolve(false);
    expect((await client.rest()).toString()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[^]*"statusCode":403}$/);
    expect(connected.size).toBe(0);
  });

  it.each([
    ['resets', (client: RawClient) => client.reset(), true],
    ['leaves', (client: RawClient) => client.drop(), true],
    ['leaves', (client: RawClient) => client.drop(), false],
  ])('when the client %s, nothing of the gateway runs, whatever the guard says (%#)', async (_, leave, isYes) => {
    const sockets: Socket[] = [];
    app.current.server.once('connection', (socket: Socket) => sockets.push(socket));
    const client = await upgrade();
    const verdict = await asked.next();
    const closed = new Promise<void>((resolve) => sockets[0]!.once('close', () => resolve()));
    leave(client);
    await within(closed, 'the end of the connection');
    if (isYes) verdict.resolve(true);
    else verdict.reject(new Error('too late'));
    const other = await app.current.client('/open');
    await other.roundTrip();
    expect(connected.size).toBe(0);
  });
});

describe('in the turn in which a guard says yes', () => {
  it('the client leaves: nothing of the gateway runs', async () => {
    const app = await startWireApp({ providers });
    const sockets: Socket[] = [];
    app.server.once('connection', (socket: Socket) => sockets.push(socket));
    const client = await RawClient.open(app.port);
    client.write(upgradeRequest('/pending'));
    (await asked.next()).resolve(true);
    sockets[0]!.destroy();
    expect((await client.rest()).toString()).toBe('');
    await (await app.client('/open')).roundTrip();
    expect(connected.size).toBe(0);
    await app.close();
  });

  it('its server closes: 503', async () => {
    const app = await startWireApp({ providers });
    const client = await RawClient.open(app.port);
    client.write(upgradeRequest('/pending'));
    const verdict = await asked.next();
    verdict.resolve(true);
    app.get(PendingGateway).server.close();
    expect((await client.head())[0]).toBe('HTTP/1.1 503 Service Unavailable');
    client.drop();
    expect(connected.size).toBe(0);
    await app.close();
  });
});

describe('a guard', () => {
  it('that never ends is a 503 at limits.handshakeTimeoutMs; what it says later is not heard', async () => {
    const app = await startWireApp({ providers, options: { limits: { handshakeTimeoutMs: 200 } } });
    const client = await RawClient.open(app.port);
    client.write(upgradeRequest('/pending'));
    expect((await client.rest()).toString()).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/);
    (await asked.next()).resolve(true);
    const other = await app.client('/open');
    await other.roundTrip();
    expect(connected.size).toBe(0);
    await app.close();
  });

  it('that says yes when the application closes: 503, and the application closes', async () => {
    const app = await startWireApp({ providers });
    const client = await RawClient.open(app.port);
    client.write(upgradeRequest('/pending'));
    const verdict = await asked.next();
    const closed = app.app.close();
    const { server } = app.get(PendingGateway);
    while (!server.isClosing) await new Promise((resolve) => setImmediate(resolve));
    verdict.resolve(true);
    expect((await client.head())[0]).toBe('HTTP/1.1 503 Service Unavailable');
    client.drop();
    await within(closed, 'the app to close');
  });

  it('that never ends keeps no application from closing: 503, and when to come again', async () => {
    const app = await startWireApp({ providers, options: { limits: { handshakeTimeoutMs: 0 } } });
    const client = await RawClient.open(app.port);
    client.write(upgradeRequest('/pending'));
    await asked.next();
    const closed = app.app.close();
    const head = await client.head();
    expect(head[0]).toBe('HTTP/1.1 503 Service Unavailable');
    expect(head).toContain('Retry-After: 5');
    await within(closed, 'the app to close');
    client.drop();
  });
});
