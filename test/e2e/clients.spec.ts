// Real clients of other makers over a real connection: every size and kind of message, pings, and the ways to close.

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket as UndiciWebSocket } from 'undici';
import { OnBinary, OnText, type WireSocket } from '../../lib/index.js';
import { Inbox, within } from '../support/bounded-wait.js';
import { frame } from '../support/bytes.js';
import { TestClient } from '../support/test-client.js';
import { useWireApp } from '../support/wire-app.js';

/** How connections ended on the server's side, by the URL of their request. */
const closes = new Inbox<{ url: string; code: number; reason: string }>('a close');

@WebSocketGateway({ path: '/echo' })
class EchoGateway {
  @OnText()
  text(@MessageBody() text: string, @ConnectedSocket() client: WireSocket): string | void {
    const [, code, reason] = /^close (\d+)(.*)$/.exec(text) ?? [];
    if (code === undefined) return text;
    client.close(code === '0' ? undefined : Number(code), code === '0' ? undefined : reason!.trim());
  }

  @OnBinary()
  binary(@MessageBody() bytes: Uint8Array): Uint8Array {
    return bytes;
  }

  handleConnection(client: WireSocket): void {
    const url = client.request.url!;
    client.once('close', (code: number, reason: Buffer) => closes.push({ url, code, reason: reason.toString() }));
  }
}

const app = useWireApp({ providers: [EchoGateway] });

type Closed = Awaited<ReturnType<TestClient['closed']>>;

/** What both kinds of client are used for here. */
interface Client {
  send(data: string | Buffer): void;
  next(): Promise<string | Buffer>;
  close(code?: number, reason?: string): void;
  closed(): Promise<Closed>;
}

async function connectWs(path = '/echo'): Promise<Client> {
  const client = await TestClient.open(`ws://127.0.0.1:${app.current.port}${path}`, { perMessageDeflate: false });
  return {
    send: (data) => client.send(data),
    next: () => client.next(),
    close: (code, reason) => client.socket.close(code, reason),
    closed: () => client.closed(),
  };
}

async function connectUndici(path = '/echo'): Promise<Client> {
  const socket = new UndiciWebSocket(`ws://127.0.0.1:${app.current.port}${path}`);
  socket.binaryType = 'arraybuffer';
  const messages = new Inbox<string | Buffer>('a message');
  socket.addEventListener('message', ({ data }) => {
    messages.push(typeof data === 'string' ? data : Buffer.from(data as ArrayBuffer));
  });
  const ending = new Promise<Closed>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
  });
  await within(
    new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new Error('no connection')));
    }),
    'the connection',
  );
  return {
    send: (data) => socket.send(data),
    next: () => messages.next(),
    close: (code, reason) => socket.close(code, reason),
    closed: () => within(ending, 'the close'),
  };
}

const SIZES = [0, 1, 125, 126, 127, 16_384, 16_385, 65_535, 65_536, 300_000, 1_048_576];

describe.each([
  ['ws', connectWs],
  ['undici', connectUndici],
])('%s', (name, connect) => {
  it('text of every size, of ASCII and of other characters', async () => {
    const client = await connect();
    for (const size of SIZES) {
      for (const unit of ['a', 'é', '€', '😀']) {
        const text = unit.repeat(Math.floor(size / Buffer.byteLength(unit)));
        client.send(text);
        expect((await client.next()) === text).toBe(true);
      }
    }
    client.close();
    await client.closed();
  });

  it('binary of every size', async () => {
    const client = await connect();
    for (const size of SIZES) {
      const bytes = Buffer.alloc(size, Buffer.from([0, 255, 128, 127, 10, 13, 1]));
      client.send(bytes);
      expect(bytes.equals((await client.next()) as Buffer)).toBe(true);
    }
    client.close();
    await client.closed();
  });

  it('a thousand messages at once come back in their order', async () => {
    const client = await connect();
    for (let i = 0; i < 1000; i++) client.send(`${i} ${'x'.repeat(i)}`);
    for (let i = 0; i < 1000; i++) expect(((await client.next()) as string).split(' ', 1)[0]).toBe(String(i));
    client.close();
    await client.closed();
  });

  it('one byte more than the limit: 1009', async () => {
    const client = await connect();
    client.send(Buffer.alloc(1_048_577));
    expect((await client.closed()).code).toBe(1009);
  });

  it.each([
    [undefined, undefined, { code: 1005, reason: '' }],
    [1000, undefined, { code: 1000, reason: '' }],
    [3000, 'because', { code: 3000, reason: 'because' }],
    [4999, 'é'.repeat(61), { code: 4999, reason: 'é'.repeat(61) }],
  ])('closes with %p %p', async (code, reason, expected) => {
    const url = `/echo?${name}-${code}`;
    const client = await connect(url);
    client.close(code, reason);
    expect((await client.closed()).code).toBe(expected.code);
    let close = await closes.next();
    while (close.url !== url) close = await closes.next();
    expect(close).toEqual({ url, ...expected });
  });

  it.each([
    ['close 0', { code: 1005, reason: '' }],
    ['close 1000', { code: 1000, reason: '' }],
    ['close 1013 later', { code: 1013, reason: 'later' }],
    ['close 4000 done', { code: 4000, reason: 'done' }],
  ])('is closed by the server: %s', async (request, expected) => {
    const client = await connect();
    client.send(request);
    expect(await client.closed()).toEqual(expected);
  });
});

describe('a client of single frames', () => {
  it('fragments with pings between them are one message, and each ping is answered', async () => {
    const client = await app.current.client('/echo');
    client.write(
      frame('client', 0x01, 'fra'),
      frame('client', 0x89, 'one'),
      frame('client', 0x00),
      frame('client', 0x89, 'two'),
      frame('client', 0x80, 'gments'),
    );
    expect((await client.nextFrame()).payload.toString()).toBe('one');
    expect((await client.nextFrame()).payload.toString()).toBe('two');
    expect(await client.nextText()).toBe('fragments');
  });

  it('a character may be cut anywhere', async () => {
    const client = await app.current.client('/echo');
    const bytes = Buffer.from('a€😀');
    for (let cut = 0; cut <= bytes.length; cut++) {
      client.write(frame('client', 0x01, bytes.subarray(0, cut)), frame('client', 0x80, bytes.subarray(cut)));
      expect(await client.nextText()).toBe('a€😀');
    }
  });

  it('every byte may come by itself', async () => {
    const client = await app.current.client('/echo');
    for (const byte of frame('client', 0x81, 'slowly')) {
      client.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.nextText()).toBe('slowly');
  });

  it('what comes in one write with the handshake is not lost', async () => {
    const client = await app.current.client('/echo', { behind: frame('client', 0x81, 'eager') });
    expect(await client.nextText()).toBe('eager');
  });
});
