// The control room of the live board: who gets in, who may do what, and how the page learns why it stayed outside.

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { connectTo, HandshakeRefusedError, type TestClient } from 'nestwire/testing';
import { startLiveBoard } from './live-board-app.js';

const VIEWER = 'token.vera-5f2c';
const OPERATOR = 'token.otto-91d7';
const ATTEMPT = '0123456789abcdef01234567';

let app: INestApplication;
const clients: TestClient[] = [];

beforeAll(async () => {
  app = await startLiveBoard();
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

afterAll(() => app.close());

async function enter(...subprotocols: string[]): Promise<TestClient> {
  return keep(await connectTo(app, { path: `/control?attempt=${ATTEMPT}`, subprotocols }));
}

async function connect(): Promise<TestClient> {
  return keep(await connectTo(app, { path: '/live' }));
}

/** Somebody who watches the chat. */
async function watch(): Promise<TestClient> {
  const client = await connect();
  client.sendText(JSON.stringify({ id: 'chat', type: 'subscribe', topic: 'chat' }));
  expect(await nextFrom(client)).toMatchObject({ id: 'chat', type: 'subscribed' });
  return client;
}

async function nextFrom(client: TestClient): Promise<unknown> {
  return JSON.parse(String(await client.nextMessage()));
}

function keep(client: TestClient): TestClient {
  clients.push(client);
  return client;
}

describe('the door', () => {
  it.each<[string, string[], string]>([
    ['no token', ['board.v1'], 'The control room asks for a token.'],
    ['a wrong one', ['board.v1', 'token.wrong-0000'], 'This token is nobody’s.'],
  ])('is closed to %s with a 401, which the page can ask for', async (_, subprotocols, message) => {
    const refused = enter(...subprotocols);
    await expect(refused).rejects.toBeInstanceOf(HandshakeRefusedError);
    await expect(refused).rejects.toMatchObject({ status: 401 });
    const report = await (await connect()).request('control.handshake', { attempt: ATTEMPT });
    expect(report).toEqual({ line: 'HTTP/1.1 401 Unauthorized', body: expect.stringContaining(message) });
  });

  it.each([
    [VIEWER, { name: 'Vera', role: 'viewer' }],
    [OPERATOR, { name: 'Otto', role: 'operator' }],
  ])('opens to %s, who is known as %j', async (token, account) => {
    const client = await enter('board.v1', token);
    // Not the token.
    expect(client.protocol).toBe('board.v1');
    expect(await client.request('control.me')).toEqual(account);
    const report = await (await connect()).request('control.handshake', { attempt: ATTEMPT });
    expect(report).toEqual({ line: 'HTTP/1.1 101 Switching Protocols', body: '' });
  });

  it('says nothing of attempts that nobody made', async () => {
    const client = await connect();
    const unknown = client.request('control.handshake', { attempt: 'f'.repeat(24) });
    await expect(unknown).rejects.toMatchObject({ body: { status: 404, code: 'UNKNOWN_ATTEMPT' } });
    const short = client.request('control.handshake', { attempt: 'f' });
    await expect(short).rejects.toMatchObject({ body: { status: 400, code: 'INVALID_REQUEST' } });
  });

  it('forgets all but the last 100 attempts', async () => {
    const attempts = Array.from({ length: 101 }, (_, i) => `${i}`.padStart(24, 'a'));
    for (const attempt of attempts) {
      await expect(connectTo(app, { path: `/control?attempt=${attempt}` })).rejects.toMatchObject({ status: 401 });
    }
    const client = await connect();
    await expect(client.request('control.handshake', { attempt: attempts[0] })).rejects.toMatchObject({
      body: { code: 'UNKNOWN_ATTEMPT' },
    });
    expect(await client.request('control.handshake', { attempt: attempts[1] })).toMatchObject({
      body: expect.stringContaining('401'),
    });
  });
});

describe('announcements', () => {
  it('are for operators: all who watch the chat read them', async () => {
    const [operator, watcher] = [await enter('board.v1', OPERATOR), await watch()];
    expect(await operator.request('control.announce', { text: ' Lunch is ready. ' })).toEqual({ watching: 1 });
    const data = { from: 'Otto', text: 'Lunch is ready.' };
    expect(await nextFrom(watcher)).toMatchObject({ id: 'chat', type: 'next', event: 'announced', data });
  });

  it('are refused to viewers, by the id of the request, and the connection goes on', async () => {
    const [viewer, watcher] = [await enter('board.v1', VIEWER), await watch()];
    await expect(viewer.request('control.announce', { text: 'Lunch is ready.' })).rejects.toMatchObject({
      body: { status: 403, code: 'FORBIDDEN', message: 'Only an operator may do that: Vera is a viewer.' },
    });
    expect(await viewer.request('control.me')).toMatchObject({ name: 'Vera' });
    await watcher.roundTrip();
    expect(watcher.waiting).toEqual([]);
  });

  it('have a text', async () => {
    const operator = await enter('board.v1', OPERATOR);
    await expect(operator.request('control.announce', { text: ' ' })).rejects.toMatchObject({
      body: { status: 400, message: 'A message has 1 to 500 characters.' },
    });
  });
});
