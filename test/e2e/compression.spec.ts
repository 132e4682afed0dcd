// permessage-deflate as users switch it on, with the clients that they use: `ws` and undici (the WebSocket of Node).

import { Buffer } from 'node:buffer';
import { afterAll, describe, expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket as UndiciSocket } from 'undici';
import type { PerMessageDeflateOptions } from 'ws';
import { type CompressionOptions, OnBinary, OnText, type WireAdapterOptions, WireSocket } from '../../lib/index.js';
import { within } from '../support/bounded-wait.js';
import { frame, hex } from '../support/bytes.js';
import { TestClient } from '../support/test-client.js';
import { startWireApp, useWireApp } from '../support/wire-app.js';

const NO_TAKEOVER = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
const BASE = 'permessage-deflate';

abstract class Echo {
  @OnText()
  text(@MessageBody() text: string, @ConnectedSocket() socket: WireSocket): string {
    return text === 'extensions?' ? socket.extensions : text;
  }

  @OnBinary()
  binary(@MessageBody() bytes: Uint8Array): Uint8Array {
    return bytes;
  }
}

@WebSocketGateway({ path: '/' })
class EchoGateway extends Echo {}

@WebSocketGateway({ path: '/off', compression: false })
class PlainGateway extends Echo {}

@WebSocketGateway({ path: '/off-as-in-ws', perMessageDeflate: false })
class PlainAsInWsGateway extends Echo {}

@WebSocketGateway({ path: '/takeover', compression: { takeover: true, thresholdBytes: 0, level: 9, memoryLevel: 9 } })
class TakeoverGateway extends Echo {}

@WebSocketGateway({ path: '/small-window', compression: { windowBits: 9, thresholdBytes: 0, takeover: true } })
class SmallWindowGateway extends Echo {}

@WebSocketGateway({ path: '/as-in-ws', perMessageDeflate: true })
class AsInWsGateway extends Echo {}

@WebSocketGateway({
  path: '/options-of-ws',
  perMessageDeflate: {
    threshold: 10,
    concurrencyLimit: 2,
    serverNoContextTakeover: true,
    serverMaxWindowBits: 12,
    zlibDeflateOptions: { level: 1, memLevel: 4 },
  },
})
class OptionsOfWsGateway extends Echo {}

const GATEWAYS = [
  EchoGateway,
  PlainGateway,
  PlainAsInWsGateway,
  TakeoverGateway,
  SmallWindowGateway,
  AsInWsGateway,
  OptionsOfWsGateway,
];

const MESSAGES = [
  '',
  'a',
  'tiny',
  'text € 😀'.repeat(3),
  'x'.repeat(1024),
  'many words again and again '.repeat(100),
  'large '.repeat(30_000),
  JSON.stringify(Array.from({ length: 5000 }, (_, i) => ({ id: i, square: i * i }))),
];

const app = useWireApp({ providers: GATEWAYS, options: { compression: true, origins: 'any' } });
const url = (path: string): string => `ws://127.0.0.1:${app.current.port}${path}`;
const clients: TestClient[] = [];

async function connect(
  path: string,
  perMessageDeflate: boolean | PerMessageDeflateOptions = true,
): Promise<TestClient> {
  const client = await TestClient.open(url(path), { perMessageDeflate });
  clients.push(client);
  return client;
}

afterAll(async () => {
  for (const client of clients) await client.drop();
});

async function echoes(client: TestClient): Promise<void> {
  for (let round = 0; round < 2; round++) {
    for (const message of MESSAGES) client.send(message);
    expect(await client.take(MESSAGES.length)).toEqual(MESSAGES);
    for (const message of MESSAGES) client.send(Buffer.from(message));
    const answers = await client.take(MESSAGES.length);
    expect(answers.map(written)).toEqual(MESSAGES.map((message) => written(Buffer.from(message))));
  }
}

/** Jest compares strings much quicker than bytes. */
function written(message: unknown): unknown {
  return message instanceof Uint8Array ? `bytes: ${Buffer.from(message).toString('latin1')}` : message;
}

describe('a client of ws', () => {
  it.each<[string, string]>([
    ['/', NO_TAKEOVER],
    ['/off', ''],
    ['/off-as-in-ws', ''],
    ['/takeover', BASE],
    ['/small-window', `${BASE}; server_max_window_bits=9; client_max_window_bits=9`],
    ['/as-in-ws', BASE],
    ['/options-of-ws', `${NO_TAKEOVER}; server_max_window_bits=12; client_max_window_bits=12`],
  ])('at %s agrees on "%s", says so on both sides, and everything comes back', async (path, extensions) => {
    const client = await connect(path);
    expect(client.response.headers['sec-websocket-extensions'] ?? '').toBe(extensions);
    client.send('extensions?');
    expect(await client.next()).toBe(extensions);
    await echoes(client);
  });

  it.each<[string, PerMessageDeflateOptions]>([
    ['gives up the server’s window', { serverNoContextTakeover: true }],
    ['gives up its own', { clientNoContextTakeover: true }],
    ['gives up both', { serverNoContextTakeover: true, clientNoContextTakeover: true }],
    ['limits the server’s to 9', { serverMaxWindowBits: 9 }],
    ['limits the server’s to 15', { serverMaxWindowBits: 15 }],
    ['limits its own to 8', { clientMaxWindowBits: 8 }],
    ['limits its own to 10', { clientMaxWindowBits: 10 }],
    ['cannot limit its own', { clientMaxWindowBits: false as unknown as number }],
    ['limits both', { serverMaxWindowBits: 10, clientMaxWindowBits: 11, threshold: 0 }],
  ])('that %s is served', async (_, options) => {
    for (const path of ['/takeover', '/small-window', '/']) {
      const client = await connect(path, options);
      expect(client.socket.extensions).toBe(BASE);
      await echoes(client);
    }
  });

  it('that asks for a window of 8 bits is served without compression', async () => {
    const client = await connect('/takeover', { serverMaxWindowBits: 8 });
    expect(client.socket.extensions).toBe('');
    await echoes(client);
  });

  it('without permessage-deflate is served without', async () => {
    const client = await connect('/', false);
    expect(client.response.headers['sec-websocket-extensions']).toBeUndefined();
    await echoes(client);
  });
});

it.each(['/', '/takeover', '/small-window', '/options-of-ws'])('a client of undici at %s', async (path) => {
  const socket = new UndiciSocket(url(path));
  socket.binaryType = 'arraybuffer';
  const received: unknown[] = [];
  const expected = [...MESSAGES, ...MESSAGES.map((message) => Buffer.from(message))];
  await within(
    new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => {
        for (const message of expected) socket.send(message);
      });
      socket.addEventListener('message', ({ data }: { data: unknown }) => {
        received.push(typeof data === 'string' ? data : Buffer.from(data as ArrayBuffer));
        if (received.length === expected.length) resolve();
      });
      socket.addEventListener('close', ({ code, reason }) => reject(new Error(`closed: ${code} ${reason}`)));
    }),
    'all messages',
  );
  expect(socket.extensions).toContain(BASE);
  expect(received.map(written)).toEqual(expected.map(written));
  socket.close();
});

describe('on the wire', () => {
  const OFFER = { headers: { 'Sec-WebSocket-Extensions': BASE } };
  const FRAMES = [
    ['/', 1023, 0x81],
    ['/', 1024, 0xc1],
    ['/takeover', 1, 0xc1],
    ['/options-of-ws', 9, 0x81],
    ['/options-of-ws', 10, 0xc1],
  ] as const;

  it.each(FRAMES)('at %s a message of %i bytes has the first byte %i', async (path, size, firstByte) => {
    const client = await app.current.client(path, OFFER);
    client.text('x'.repeat(size));
    expect((await client.nextFrame()).firstByte).toBe(firstByte);
  });

  it('the second of two equal messages refers to the first where windows are kept', async () => {
    const client = await app.current.client('/takeover', OFFER);
    client.write(frame('client', 0xc1, hex('f2 48 cd c9 c9 07 00')), frame('client', 0xc1, hex('f2 00 11 00 00')));
    expect((await client.nextFrame()).payload).toEqual(hex('f2 48 cd c9 c9 07 00'));
    expect((await client.nextFrame()).payload).toEqual(hex('f2 00 11 00 00'));
  });

  it('1007 for data that is no DEFLATE, and the next client is served', async () => {
    const client = await app.current.client('/', OFFER);
    client.write(frame('client', 0xc1, hex('06 00')));
    expect(await client.nextClose()).toBe(1007);
    await client.ended();
    await echoes(await connect('/'));
  });

  it('1002 for RSV1 where the gateway does not compress', async () => {
    const client = await app.current.client('/off', OFFER);
    client.write(frame('client', 0xc1, hex('00')));
    expect(await client.nextClose()).toBe(1002);
  });

  it('an offer that can only be declined is no reason to refuse the client', async () => {
    const headers = { 'Sec-WebSocket-Extensions': `${BASE}; server_max_window_bits=8, x-other, ${BASE}; unknown` };
    const client = await app.current.client('/', { headers });
    expect(client.head.join('\n')).not.toMatch(/sec-websocket-extensions/i);
    client.text('served');
    expect(await client.nextText()).toBe('served');
  });
});

describe('options', () => {
  const start = (options: WireAdapterOptions) => startWireApp({ providers: [EchoGateway], options });

  it.each<[WireAdapterOptions, string]>([
    [{}, ''],
    [{ compression: false }, ''],
    [{ compression: true }, NO_TAKEOVER],
    [{ compression: {} }, NO_TAKEOVER],
    [{ compression: { takeover: true } }, BASE],
    [{ compression: { windowBits: 9 } }, `${NO_TAKEOVER}; server_max_window_bits=9`],
    [{ compatibility: 'platform-ws' }, ''],
  ])('%j leads to "%s"', async (options, extensions) => {
    const running = await start(options);
    const client = await running.client('/', { headers: { 'Sec-WebSocket-Extensions': BASE } });
    client.text('extensions?');
    expect(await client.nextText()).toBe(extensions);
    await running.close();
  });

  it.each<[string, unknown]>([
    ['compression', 1],
    ['compression', null],
    ['compression', { treshold: 1 }],
    ['compression.takeover', { takeover: 1 }],
    ['compression.thresholdBytes', { thresholdBytes: -1 }],
    ['compression.thresholdBytes', { thresholdBytes: 1.5 }],
    ['compression.level', { level: 10 }],
    ['compression.level', { level: -2 }],
    ['compression.memoryLevel', { memoryLevel: 0 }],
    ['compression.memoryLevel', { memoryLevel: '8' }],
    ['compression.windowBits', { windowBits: 8 }],
    ['compression.windowBits', { windowBits: 16 }],
    ['compression.maxJobs', { maxJobs: 0 }],
  ])('%s is named when it is wrong: %j', async (name, compression) => {
    const starting = start({ compression: compression as CompressionOptions });
    await expect(starting).rejects.toThrow(`nestwire: option "${name}" must be`);
  });
});
