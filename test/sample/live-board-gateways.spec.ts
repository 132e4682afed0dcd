// The gateways of the live board without its page: a plain client against the built sample, and the sampling by itself.

import { createHash, randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sampled } from '../../sample/live-board/figures/sampled.js';
import { freePort } from '../support/free-port.js';
import { SampleProcess } from '../support/sample-process.js';
import { type ClientSettings, TestClient } from '../support/test-client.js';

interface Answer {
  id: number | string;
  type: 'subscribed' | 'next' | 'complete' | 'error';
  event?: string;
  data?: unknown;
  error?: { status: number; code: string; message: string };
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('the gateways of the live board', () => {
  let server: SampleProcess;
  const clients: TestClient[] = [];

  beforeAll(async () => {
    server = await SampleProcess.start('live-board', await freePort());
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map(async (client) => client.drop()));
  });

  afterAll(async () => {
    await server.kill('SIGKILL');
  });

  async function connect(settings?: ClientSettings): Promise<TestClient> {
    const client = await TestClient.open(`ws://127.0.0.1:${server.port}/live`, settings);
    clients.push(client);
    return client;
  }

  it('streams the same reading to everybody until they cancel', async () => {
    const [ada, grace] = [await connect(), await connect()];
    ask(ada, 'a', 'figures.cpu');
    ask(grace, 'g', 'figures.cpu');
    const [first] = [await answer(ada), await answer(grace)];
    expect(first).toEqual({
      id: 'a',
      type: 'next',
      data: { machine: expect.any(Number), process: expect.any(Number) },
    });
    expect((await answer(ada)).data).toEqual((await answer(grace)).data);

    ada.send(JSON.stringify({ id: 'a', type: 'cancel' }));
    ask(ada, 'b', 'figures.memory');
    expect(await answer(ada)).toMatchObject({ id: 'b', data: { resident: expect.any(Number) } });
    expect(await answer(ada)).toMatchObject({ id: 'b' });
  });

  it('counts the streams that run', async () => {
    const client = await connect();
    ask(client, 1, 'figures.messages');
    ask(client, 2, 'figures.delay');
    expect(await answerTo(client, 1)).toMatchObject({ data: { streams: 2, clients: 1 } });
    client.send(JSON.stringify({ id: 2, type: 'cancel' }));
    expect(await answerTo(client, 1)).toMatchObject({ data: { streams: 1 } });
  });

  it.each([
    ['nobody', undefined, 'A name is a text.'],
    ['a number', { name: 7 }, 'A name is a text.'],
    ['one letter', { name: ' x ' }, 'A name has 2 to 24 characters.'],
    ['25 letters', { name: 'x'.repeat(25) }, 'A name has 2 to 24 characters.'],
    [
      'text that turns around',
      { name: 'dlrow\u202Eolleh' },
      'A name is made of letters, digits and signs that can be seen.',
    ],
  ])('refuses to seat %s', async (_who, data, message) => {
    const client = await connect();
    ask(client, 1, 'chat.join', data);
    expect(await answer(client)).toEqual({
      id: 1,
      type: 'error',
      error: { status: 400, code: 'INVALID_REQUEST', message },
    });
  });

  it('lets those speak who gave a name, for as long as they are there', async () => {
    const [ada, grace] = [await connect(), await connect()];
    grace.send(JSON.stringify({ id: 'w', type: 'subscribe', topic: 'chat' }));
    expect(await answer(grace)).toMatchObject({ id: 'w', type: 'subscribed' });
    ask(grace, 'p', 'chat.past');
    expect(await answer(grace)).toEqual({ id: 'p', type: 'next', data: [] });
    expect(await answer(grace)).toEqual({ id: 'p', type: 'complete' });
    ask(ada, 1, 'chat.say', { text: 'Hello' });
    expect((await answer(ada)).error).toMatchObject({ status: 403, code: 'NOT_JOINED' });

    ask(ada, 2, 'chat.join', { name: ' Ada ' });
    expect(await answer(ada)).toMatchObject({ id: 2, type: 'next', data: { name: 'Ada' } });
    ask(ada, 3, 'chat.join', { name: 'Somebody' });
    expect((await answer(ada)).error).toMatchObject({ status: 409, code: 'JOINED' });
    ask(grace, 'j', 'chat.join', { name: 'ada' });
    expect(await answer(grace)).toMatchObject({ id: 'w', event: 'joined', data: { name: 'Ada' } });
    expect((await answer(grace)).error).toMatchObject({ status: 409, code: 'NAME_TAKEN' });

    ask(ada, 4, 'chat.say', { text: 'Hello' });
    expect(await answer(grace)).toMatchObject({
      event: 'said',
      data: { from: { name: 'Ada' }, text: 'Hello' },
    });
    await ada.drop();
    expect(await answer(grace)).toMatchObject({ id: 'w', event: 'left', data: { name: 'Ada' } });
  });

  it('counts those who are there', async () => {
    const [ada, grace] = [await connect(), await connect()];
    ask(grace, 'a', 'chat.attendance');
    const becomes = async (people: number, watching: number): Promise<void> => {
      for (;;) {
        const { data } = await answerTo(grace, 'a');
        if (isDeepStrictEqual(data, { people, watching })) return;
      }
    };
    await becomes(0, 0);
    ada.send(JSON.stringify({ id: 't', type: 'subscribe', topic: 'chat' }));
    await becomes(0, 1);
    ask(ada, 'j', 'chat.join', { name: 'Ada' });
    await becomes(1, 1);
    await ada.drop();
    await becomes(0, 0);
  });

  it('remembers the last 50 messages', async () => {
    const client = await connect();
    ask(client, 0, 'chat.join', { name: 'Ada' });
    await answer(client);
    for (let index = 1; index <= 60; index++) {
      ask(client, index, 'chat.say', { text: `Message ${index}` });
      await client.take(2);
    }
    ask(client, 'p', 'chat.past');
    const past = (await answer(client)).data as { text: string }[];
    expect(past.map(({ text }) => text)).toEqual(Array.from({ length: 50 }, (_, index) => `Message ${index + 11}`));
  });

  it('hashes an upload, one at a time', async () => {
    const client = await connect();
    const file = randomBytes(100_000);
    ask(client, 'u', 'upload.begin', { name: 'a.bin', size: file.length });
    expect(await answer(client)).toEqual({ id: 'u', type: 'next', data: { received: 0, total: file.length } });
    ask(client, 'v', 'upload.begin', { name: 'b.bin', size: 1 });
    expect((await answer(client)).error).toMatchObject({ status: 409, code: 'UPLOAD_RUNNING' });

    client.send(file.subarray(0, 65_536));
    client.send(file.subarray(65_536));
    let last: Answer;
    // Where the pieces came slowly, the server has told of the first.
    do last = await answer(client);
    while ((last.data as { received: number }).received < file.length);
    expect(last.data).toMatchObject({ received: file.length, sha256: sha256(file) });
    expect(await answer(client)).toEqual({ id: 'u', type: 'complete' });
  });

  it.each([
    [{ name: 'a', size: 512 * 1024 * 1024 + 1 }, 413, 'FILE_TOO_LARGE'],
    [{ name: 'a', size: -1 }, 400, 'INVALID_REQUEST'],
    [{ name: 'a', size: 1.5 }, 400, 'INVALID_REQUEST'],
    [{ name: '', size: 1 }, 400, 'INVALID_REQUEST'],
  ])('refuses the upload %j', async (data, status, code) => {
    const client = await connect();
    ask(client, 1, 'upload.begin', data);
    expect((await answer(client)).error).toMatchObject({ status, code });
  });

  it('ends an upload that brings more than it announced, and takes the next one', async () => {
    const client = await connect();
    ask(client, 1, 'upload.begin', { name: 'a', size: 10 });
    await answer(client);
    client.send(Buffer.alloc(11));
    expect((await answer(client)).error).toMatchObject({ status: 400, code: 'TOO_MANY_BYTES' });
    client.send(Buffer.alloc(11));
    ask(client, 2, 'upload.begin', { name: 'b', size: 0 });
    expect((await answer(client)).data).toEqual({ received: 0, total: 0 });
    expect((await answer(client)).data).toMatchObject({ sha256: sha256(Buffer.alloc(0)) });
  });

  it('closes with 1009 when a piece is too large', async () => {
    const client = await connect();
    client.send(Buffer.alloc(64 * 1024 + 1));
    expect(await client.closed()).toMatchObject({ code: 1009 });
  });

  it('refuses the pages of others', async () => {
    await expect(connect({ origin: 'https://example.org' })).rejects.toThrow('403');
  });

  it('serves its page from anywhere, and to itself only', async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    expect(response.status).toBe(200);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-powered-by')).toBeNull();
    expect(await response.text()).not.toMatch(/<script(?![^>]* src=)|<style| style=| on[a-z]+=/);
  });
});

describe('sampled', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('reads once for all, and only while somebody looks', () => {
    jest.useFakeTimers();
    const log: string[] = [];
    let readings = 0;
    const figures = sampled(() => {
      log.push('open');
      return { read: () => (readings += 1), close: () => void log.push('close') };
    });
    jest.advanceTimersByTime(5_000);
    expect(log).toEqual([]);

    const seen: [string, number][] = [];
    const first = figures.subscribe((reading) => seen.push(['first', reading]));
    jest.advanceTimersByTime(500);
    const second = figures.subscribe((reading) => seen.push(['second', reading]));
    jest.advanceTimersByTime(500);
    first.unsubscribe();
    jest.advanceTimersByTime(500);
    expect(seen).toEqual([
      ['first', 1],
      ['first', 2],
      ['second', 2],
      ['second', 3],
    ]);
    expect(log).toEqual(['open']);
    second.unsubscribe();
    jest.advanceTimersByTime(5_000);
    expect(readings).toBe(3);
    expect(log).toEqual(['open', 'close']);
  });
});

function ask(client: TestClient, id: number | string, event: string, data?: unknown): void {
  client.send(JSON.stringify({ event, data, id }));
}

async function answer(client: TestClient): Promise<Answer> {
  return JSON.parse(String(await client.next())) as Answer;
}

/** The next answer to one of several requests. */
async function answerTo(client: TestClient, id: number | string): Promise<Answer> {
  for (;;) {
    const each = await answer(client);
    if (each.id === id) return each;
  }
}
