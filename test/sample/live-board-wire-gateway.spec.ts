// The stream behind the panel "The wire", for a plain client: what it tells, and above all what it does not.

import { createHash } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { describeHandshake, type HeaderField } from '../../sample/live-board/wire/handshake.js';
import { FrameTaps } from '../../sample/live-board/wire/frame-taps.js';
import type { WireFrame } from '../../sample/live-board/wire/frame-batch.js';
import type { WireEvent } from '../../sample/live-board/wire/wire.gateway.js';
import { freePort } from '../support/free-port.js';
import { SampleProcess } from '../support/sample-process.js';
import { type ClientSettings, TestClient } from '../support/test-client.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const PING = JSON.stringify({ event: 'link.ping', id: 'p' });

interface Answer {
  id: string;
  type: 'next' | 'complete' | 'error';
  data?: unknown;
  error?: unknown;
}

describe('the wire of the live board', () => {
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

  async function watch(client: TestClient): Promise<WireEvent & { kind: 'handshake' }> {
    client.send(JSON.stringify({ event: 'wire.watch', id: 'w' }));
    return (await nextEvent(client)) as WireEvent & { kind: 'handshake' };
  }

  it('begins with the handshake as it was, but for what is secret', async () => {
    const client = await connect({ headers: { Cookie: 'session=abc', Authorization: 'Bearer abc', 'X-Test': 'seen' } });
    const { request, answer } = await watch(client);
    expect(request.line).toBe('GET /live HTTP/1.1');
    expect(valueOf(request.fields, 'X-Test')).toBe('seen');
    expect(valueOf(request.fields, 'Cookie')).toBeNull();
    expect(valueOf(request.fields, 'Authorization')).toBeNull();
    expect(JSON.stringify(request)).not.toContain('abc');
    expect(answer.line).toBe('HTTP/1.1 101 Switching Protocols');
    const accept = createHash('sha1').update(`${valueOf(request.fields, 'Sec-WebSocket-Key')}${GUID}`);
    expect(valueOf(answer.fields, 'Sec-WebSocket-Accept')).toBe(accept.digest('base64'));
    expect(valueOf(answer.fields, 'Sec-WebSocket-Extensions')).toBe(
      client.response.headers['sec-websocket-extensions'],
    );
  });

  it.each([
    ['with compression', true],
    ['without', false],
  ])('tells of frames both ways, and never of those that tell of them (%s)', async (_how, perMessageDeflate) => {
    const client = await connect({ perMessageDeflate });
    await watch(client);
    const arrived = countMessages(client);
    client.send(PING);
    expect(await client.take(2)).toEqual(['{"id":"p","type":"next","data":"pong"}', '{"id":"p","type":"complete"}']);
    const { frames, own, leftOut } = (await nextEvent(client)) as WireEvent & { kind: 'frames' };
    const plain = { opcode: 1, fin: true, rsv1: false, at: expect.any(Number) };
    expect(frames.map(readable)).toEqual([
      { ...plain, direction: 'in', masked: true, length: PING.length, bytes: PING },
      { ...plain, direction: 'out', masked: false, length: 38, bytes: '{"id":"p","type":"next","data":"pong"}' },
      { ...plain, direction: 'out', masked: false, length: 28, bytes: '{"id":"p","type":"complete"}' },
    ]);
    // The handshake.
    expect([own, leftOut]).toEqual([1, 0]);

    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(arrived()).toBe(3);
    client.send(PING);
    await client.take(2);
    expect(await nextEvent(client)).toMatchObject({ frames: { length: 3 }, own: 1 });
  });

  it('keeps the newest of many, counts the others and inflates the first bytes', async () => {
    const client = await connect({ perMessageDeflate: { threshold: 0 } });
    await watch(client);
    for (let piece = 1; piece <= 100; piece++) client.send(Buffer.alloc(2_000, piece));
    let total = 0;
    let last: WireFrame | undefined;
    while (total < 100) {
      const { frames, leftOut } = (await nextEvent(client)) as WireEvent & { kind: 'frames' };
      expect(frames.length).toBeLessThanOrEqual(30);
      total += frames.length + leftOut;
      last = frames.at(-1);
    }
    expect(total).toBe(100);
    expect(last).toMatchObject({ opcode: 2, rsv1: true, masked: true, inflated: '64'.repeat(64) });
    expect(last?.length).toBeLessThan(100);
  });

  it('shows each connection its own frames only, and sends a ping to whoever asks', async () => {
    const [ada, grace] = [await connect(), await connect()];
    await watch(ada);
    await watch(grace);
    grace.send(JSON.stringify({ event: 'wire.ping', id: 'p' }));
    expect(String(await grace.nextPing())).toBe('Are you there?');
    expect(JSON.parse(String(await grace.next()))).toEqual({ id: 'p', type: 'complete' });
    const seen: number[] = [];
    while (!seen.includes(10)) {
      const { frames } = (await nextEvent(grace)) as WireEvent & { kind: 'frames' };
      seen.push(...frames.map(({ opcode }) => opcode));
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual([1, 1, 9, 10]);

    ada.send(PING);
    await ada.take(2);
    expect(await nextEvent(ada)).toMatchObject({ frames: { length: 3 } });
  });

  it('runs once at a time for a connection, and again after it was stopped', async () => {
    const client = await connect();
    await watch(client);
    client.send(JSON.stringify({ event: 'wire.watch', id: 'v' }));
    const refusal = { status: 409, code: 'WIRE_RUNNING', message: 'This connection shows its frames already.' };
    expect(JSON.parse(String(await client.next()))).toEqual({ id: 'v', type: 'error', error: refusal });
    // The refused one has taken nothing from the one that runs.
    expect(await nextEvent(client)).toMatchObject({ kind: 'frames', frames: { length: 2 } });
    client.send(JSON.stringify({ id: 'w', type: 'cancel' }));
    expect(await watch(client)).toMatchObject({ kind: 'handshake' });
  });
});

describe('describeHandshake', () => {
  it('hides what could prove who somebody is', () => {
    const secrets = ['cookie', 'Authorization', 'Proxy-Authorization', 'X-Amzn-Oidc-Data', 'X-Api-Key', 'X-Csrf-Token'];
    const rawHeaders = [...secrets, 'Sec-WebSocket-Key', 'Host'].flatMap((name) => [name, 'value']);
    const asked = { method: 'GET', url: '/live', httpVersion: '1.1', rawHeaders } as IncomingMessage;
    const { request, answer } = describeHandshake(asked, 'HTTP/1.1 101 Switching Protocols\r\nSet-Cookie: a=b\r\n\r\n');
    expect(request.fields.filter(({ value }) => value === null).map(({ name }) => name)).toEqual(secrets);
    expect(answer.fields).toEqual([{ name: 'Set-Cookie', value: null }]);
  });
});

describe('FrameTaps', () => {
  it('listens only while somebody taps a connection', () => {
    const frames = channel('nestwire:frame');
    const [taps, ada, grace] = [new FrameTaps(), new PassThrough(), new PassThrough()];
    const seen: string[] = [];
    expect(frames.hasSubscribers).toBe(false);
    taps.open(ada, () => seen.push('ada'));
    taps.open(grace, () => seen.push('grace'));
    frames.publish({ socket: grace });
    taps.close(grace);
    frames.publish({ socket: grace });
    frames.publish({ socket: ada });
    expect(seen).toEqual(['grace', 'ada']);
    expect(frames.hasSubscribers).toBe(true);
    taps.close(ada);
    expect(frames.hasSubscribers).toBe(false);
  });
});

async function nextEvent(client: TestClient): Promise<WireEvent> {
  const answer = JSON.parse(String(await client.next())) as Answer;
  expect(answer).toMatchObject({ id: 'w', type: 'next' });
  return answer.data as WireEvent;
}

function valueOf(fields: readonly HeaderField[], name: string): string | null | undefined {
  return fields.find((field) => field.name === name)?.value;
}

function readable(frame: WireFrame): WireFrame {
  return { ...frame, bytes: Buffer.from(frame.bytes, 'hex').toString() };
}

function countMessages(client: TestClient): () => number {
  let count = 0;
  client.socket.on('message', () => count++);
  return () => count;
}
