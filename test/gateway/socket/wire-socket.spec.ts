// A client as gateways hold it: sending in all its forms, errors of arguments, and what listeners may do wrong.

import { AsyncLocalStorage } from 'node:async_hooks';
import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { fromEvent, take, toArray } from 'rxjs';
import { type SendOptions, type WebSocketEvent, type WireData, WireSocket } from '../../../lib/index.js';
import { Inbox, within } from '../../support/bounded-wait.js';
import { frame } from '../../support/bytes.js';
import type { FrameClient } from '../../support/frame-client.js';
import { useWireApp } from '../../support/wire-app.js';

const served = new Inbox<WireSocket>('a served client');

@WebSocketGateway()
class Gateway {
  handleConnection(client: WireSocket): void {
    served.push(client);
  }

  @SubscribeMessage('echo')
  echo(): string {
    return 'echoed';
  }
}

const app = useWireApp({ providers: [Gateway], options: { limits: { maxBufferedBytes: 100_000 } } });

async function pair(headers?: Record<string, string>): Promise<{ client: FrameClient; socket: WireSocket }> {
  while (served.size > 0) await served.next();
  const client = await app.current.client('/', headers && { headers });
  return { client, socket: await served.next() };
}

/** The error with which the callback is called, or undefined. */
function settled(send: (callback: (error?: Error | null) => void) => void): Promise<Error | null | undefined> {
  return within(new Promise((resolve) => send(resolve)), 'the callback');
}

describe('send', () => {
  const bytes = Buffer.from([0, 1, 2, 3]);

  it.each<[string, unknown, SendOptions | undefined, number, string]>([
    ['a string', 'ü', undefined, 0x81, 'c3bc'],
    ['an empty string', '', undefined, 0x81, ''],
    ['a number', 12.5, undefined, 0x81, '31322e35'],
    ['zero', 0, undefined, 0x81, '30'],
    ['a Buffer', bytes, undefined, 0x82, '00010203'],
    ['a Uint8Array', new Uint8Array([9]), undefined, 0x82, '09'],
    ['a view into the middle', bytes.subarray(1, 3), undefined, 0x82, '0102'],
    ['a DataView', new DataView(Uint8Array.from(bytes).buffer, 2, 1), undefined, 0x82, '02'],
    ['a Uint16Array', new Uint16Array([0x0201]), undefined, 0x82, '0102'],
    ['an ArrayBuffer', new Uint8Array([5, 6]).buffer, undefined, 0x82, '0506'],
    ['a SharedArrayBuffer', new SharedArrayBuffer(2), undefined, 0x82, '0000'],
    ['a list of bytes, as ws takes it', [1, 2], undefined, 0x82, '0102'],
    ['nothing, as ws takes it', undefined, undefined, 0x82, ''],
    ['a string as binary', 'é', { binary: true }, 0x82, 'c3a9'],
    ['bytes as text', Buffer.from('é'), { binary: false }, 0x81, 'c3a9'],
    ['with options without effect', 'x', { compress: true, fin: true }, 0x81, '78'],
    ['text without compression', 'x', { compress: false }, 0x81, '78'],
    ['bytes without compression', Buffer.from([1]), { compress: false }, 0x82, '01'],
  ])('%s', async (_, data, options, firstByte, payload) => {
    const { client, socket } = await pair();
    socket.send(data as WireData, options);
    expect(await client.nextFrame()).toEqual({ firstByte, payload: Buffer.from(payload, 'hex') });
  });

  it.each([[{}], [true], [Symbol('x')], [() => 1], [new Date()]])('of %p throws and says what to do', async (data) => {
    const { client, socket } = await pair();
    expect(() => socket.send(data as never)).toThrow(TypeError);
    expect(() => socket.send(data as never)).toThrow('use JSON.stringify for objects');
    await client.expectSilence();
  });

  it('fragments with fin: false, as ws does', async () => {
    const { client, socket } = await pair();
    socket.send('a', { fin: false });
    socket.send('b', { fin: false });
    socket.send('c');
    socket.send('whole');
    const frames = [
      await client.nextFrame(),
      await client.nextFrame(),
      await client.nextFrame(),
      await client.nextFrame(),
    ];
    expect(frames.map(({ firstByte }) => firstByte)).toEqual([0x01, 0x00, 0x80, 0x81]);
  });

  it('calls back once when it has left, whatever the form of the call', async () => {
    const { socket } = await pair();
    expect(await settled((done) => socket.send('x', done))).toBeUndefined();
    expect(await settled((done) => socket.send('x', undefined, done))).toBeUndefined();
    expect(await settled((done) => socket.send(Buffer.alloc(40_000), { binary: true }, done))).toBeUndefined();
    expect(await settled((done) => socket.ping(done as never))).toBeUndefined();
    expect(await settled((done) => socket.ping('data', done as never))).toBeUndefined();
    expect(await settled((done) => socket.pong('data', true, done))).toBeUndefined();
  });

  it('calls back with the reason when nothing can be sent any more', async () => {
    const { socket } = await pair();
    socket.close();
    for (const send of [socket.send.bind(socket), socket.ping.bind(socket), socket.pong.bind(socket)]) {
      const error = await settled((done) => send('x', undefined, done));
      expect(error?.message).toBe('WebSocket is not open: readyState 2 (CLOSING)');
    }
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.terminate();
    await closed;
    expect((await settled((done) => socket.send('x', done)))?.message).toBe(
      'WebSocket is not open: readyState 3 (CLOSED)',
    );
    expect(socket.send('without a callback')).toBe(false);
  });

  it('says whether the client keeps up, and who does not is cut off', async () => {
    const { client, socket } = await pair();
    client.stopReading();
    expect(socket.send('small')).toBe(true);
    const errors: Error[] = [];
    socket.on('error', (error: Error) => errors.push(error));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    let error: Error | null | undefined;
    const chunk = Buffer.alloc(50_000);
    while (socket.readyState === WireSocket.OPEN) {
      socket.send(chunk, (problem) => {
        error ??= problem;
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await within(closed, 'the close')).toBe(1006);
    expect(errors.map(({ name }) => name)).toEqual(['BufferOverflowError']);
    expect(error).toBeInstanceOf(Error);
    expect(app.current.logged('warn')).toMatch('the peer reads too slowly: more than 100000 bytes were waiting');
    expect(socket.isBehind || socket.readyState === WireSocket.CLOSED).toBe(true);
  });

  it('a callback is called in the context of its own sending, whoever else sends in the same turn', async () => {
    const user = new AsyncLocalStorage<string>();
    const { socket: one } = await pair();
    const { socket: another } = await pair();
    const seen = Promise.all(
      [one, another, one].map(
        (socket, i) =>
          new Promise<string>((resolve) => {
            user.run(`user ${i}`, () => socket.send('x', () => resolve(`${i}: ${user.getStore()}`)));
          }),
      ),
    );
    expect(await within(seen, 'the callbacks')).toEqual(['0: user 0', '1: user 1', '2: user 2']);
  });

  it('a callback that throws or rejects costs this client its connection, and nobody else anything', async () => {
    for (const callback of [
      () => {
        throw new Error('of the application');
      },
      () => Promise.reject(new Error('of the application')),
    ]) {
      const { client, socket } = await pair();
      socket.send('x', callback as () => void);
      expect(await client.nextClose()).toBe(1011);
      expect(app.current.logged('error')).toMatch('The callback of a send failed');
    }
  });
});

describe('ping and pong', () => {
  it.each([
    ['', ''],
    ['text', '74657874'],
    [Buffer.from([1]), '01'],
    [7, '37'],
    [undefined, ''],
    ['é'.repeat(62), 'c3a9'.repeat(62)],
  ])('carry %p', async (data, payload) => {
    const { client, socket } = await pair();
    socket.ping(data);
    socket.pong(data, false);
    expect(await client.nextFrame()).toEqual({ firstByte: 0x89, payload: Buffer.from(payload, 'hex') });
    expect(await client.nextFrame()).toEqual({ firstByte: 0x8a, payload: Buffer.from(payload, 'hex') });
  });

  it('carry at most 125 bytes, and bytes only', async () => {
    const { client, socket } = await pair();
    for (const data of ['x'.repeat(126), Buffer.alloc(126), 'é'.repeat(63)]) {
      expect(() => socket.ping(data)).toThrow('a ping or pong carries at most 125 bytes, this one 126');
      expect(() => socket.pong(data)).toThrow(RangeError);
    }
    expect(() => socket.ping({} as never)).toThrow(TypeError);
    await client.expectSilence();
  });

  it('come as events', async () => {
    const { client, socket } = await pair();
    const heard: string[] = [];
    socket.on('ping', (data: Buffer) => heard.push(`ping ${data.toString()}`));
    socket.on('pong', (data: Buffer) => heard.push(`pong ${data.toString()}`));
    client.write(frame('client', 0x89, 'a'), frame('client', 0x8a, 'b'));
    expect((await client.nextFrame()).payload.toString()).toBe('a');
    await client.roundTrip();
    expect(heard.slice(0, 2)).toEqual(['ping a', 'pong b']);
  });
});

describe('close', () => {
  it.each([
    [1005, 'x', TypeError],
    [999, '', TypeError],
    [5000, '', TypeError],
    ['1000', '', TypeError],
    [null, '', TypeError],
    [1000, 'x'.repeat(124), RangeError],
    [1000, Buffer.from([0xff]), TypeError],
  ])('with %p %p throws and changes nothing', async (code, reason, kind) => {
    const { client, socket } = await pair();
    expect(() => socket.close(code as number, reason)).toThrow(kind);
    expect(socket.readyState).toBe(WireSocket.OPEN);
    await client.expectSilence();
  });

  it('goes through the states, which have names on the class and the instance', async () => {
    const { client, socket } = await pair();
    expect([socket.CONNECTING, socket.OPEN, socket.CLOSING, socket.CLOSED]).toEqual([0, 1, 2, 3]);
    expect([WireSocket.CONNECTING, WireSocket.OPEN, WireSocket.CLOSING, WireSocket.CLOSED]).toEqual([0, 1, 2, 3]);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.close(4000, 'bye');
    expect(socket.readyState).toBe(2);
    expect(await client.nextClose()).toBe(4000);
    client.close(4000);
    expect(await closed).toBe(4000);
    expect(socket.readyState).toBe(3);
  });
});

describe('what it knows', () => {
  it('of its connection', async () => {
    const { socket } = await pair({ 'Sec-WebSocket-Protocol': 'v1, v2' });
    expect(socket.protocol).toBe('v1');
    expect(socket.extensions).toBe('');
    expect(socket.remoteAddress).toBe('127.0.0.1');
    expect(socket.request.url).toBe('/');
    expect(socket._socket).toBe(socket.request.socket);
    expect(socket.bufferedAmount).toBe(0);
    expect(socket.isBehind).toBe(false);
  });

  it('and how to pause', async () => {
    const { client, socket } = await pair();
    socket.pause();
    expect(socket.isPaused).toBe(true);
    const heard = new Inbox<string>('a message');
    socket.on('message', (data: Buffer) => heard.push(data.toString()));
    client.text('held back');
    await (await app.current.client()).roundTrip();
    expect(heard.size).toBe(0);
    socket.resume();
    expect(await heard.next()).toBe('held back');
  });

  it('members of other platforms say what to use instead, and can be replaced', async () => {
    const { socket } = await pair();
    const members = socket as unknown as Record<string, unknown>;
    for (const name of ['join', 'leave', 'to', 'in']) {
      expect(members[name] as () => void).toThrow(`WireSocket has no ${name}()`);
    }
    members['join'] = 'mine';
    expect(members['join']).toBe('mine');
  });
});

describe('the properties of a browser’s WebSocket', () => {
  it.each(['message', 'close', 'error', 'open'] as const)('on%s holds a listener', async (type) => {
    const { socket } = await pair();
    const heard: string[] = [];
    const listener = (event: WebSocketEvent) => void heard.push(event.type);
    expect(socket[`on${type}`]).toBeNull();
    socket[`on${type}`] = listener;
    expect(socket[`on${type}`]).toBe(listener);
    if (type === 'close') socket.emit('close', 1000, Buffer.alloc(0));
    else socket.emit(type, type === 'message' ? Buffer.from('x') : new Error('x'), false);
    expect(heard).toEqual([type]);
    socket[`on${type}`] = null;
    expect(socket[`on${type}`]).toBeNull();
  });

  it('addEventListener and removeEventListener', async () => {
    const { client, socket } = await pair();
    const heard: unknown[] = [];
    const listener = (event: WebSocketEvent) => void heard.push(event.data);
    socket.addEventListener('message', listener);
    socket.addEventListener('message', listener, { once: true });
    client.text('a');
    client.text('b');
    await client.roundTrip();
    socket.removeEventListener('message', listener);
    client.text('c');
    await client.roundTrip();
    expect(heard).toEqual(['a', 'b']);
  });
});

describe('listeners', () => {
  it('of message get Buffers, or what binaryType says', async () => {
    const { client, socket } = await pair();
    const heard = new Inbox<[unknown, boolean]>('a message');
    socket.on('message', (data: unknown, isBinary: boolean) => heard.push([data, isBinary]));
    client.text('t');
    expect(await heard.next()).toEqual([Buffer.from('t'), false]);
    expect(socket.binaryType).toBe('nodebuffer');
    for (const [type, expected] of [
      ['nodebuffer', Buffer.from('b')],
      ['arraybuffer', Uint8Array.from(Buffer.from('b')).buffer],
      ['fragments', [Buffer.from('b')]],
    ] as const) {
      socket.binaryType = type;
      client.binary(Buffer.from('b'));
      expect(await heard.next()).toEqual([expected, true]);
    }
    socket.binaryType = 'blob' as never;
    expect(socket.binaryType).toBe('fragments');
  });

  it.each(['message', 'ping', 'pong', 'error', 'drain'])(
    'of %s that throw: 1011, other listeners are told, the process lives',
    async (event) => {
      const { client, socket } = await pair();
      const told: string[] = [];
      socket.on(event, () => {
        throw new Error('of the application');
      });
      socket.on(event, () => told.push('second'));
      socket.once('close', () => told.push('close'));
      if (event === 'error') socket.emitContained('error', new Error('x'));
      else if (event === 'drain') socket.emitContained('drain');
      else client.write(frame('client', event === 'message' ? 0x81 : event === 'ping' ? 0x89 : 0x8a, 'x'));
      expect(await client.nextClose()).toBe(1011);
      client.close(1011);
      await client.ended();
      while (!told.includes('close')) await new Promise((resolve) => setImmediate(resolve));
      expect(told).toEqual(['second', 'close']);
      expect(app.current.logged('error')).toMatch(
        `A listener of "${event}" failed; the connection is closed with 1011`,
      );
    },
  );

  it.each(['message', 'close'])('of %s that reject are contained, too', async (event) => {
    const { client, socket } = await pair();
    socket.on(event, async () => Promise.reject(new Error('of the application')));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    client.text('x');
    if (event === 'message') expect(await client.nextClose()).toBe(1011);
    client.close(1000);
    await closed;
    await (await app.current.client()).roundTrip();
  });

  it('once is once', async () => {
    const { client, socket } = await pair();
    const heard: string[] = [];
    socket.once('message', (data: Buffer) => heard.push(data.toString()));
    client.text('first');
    client.text('second');
    await client.roundTrip();
    expect(heard).toEqual(['first']);
  });

  it('fromEvent of RxJS listens and lets go', async () => {
    const { client, socket } = await pair();
    const before = socket.listenerCount('message');
    const values = new Promise((resolve) => {
      fromEvent(socket, 'message', (event: { data: unknown }) => event.data)
        .pipe(take(2), toArray())
        .subscribe(resolve);
    });
    client.text('one');
    client.binary(Buffer.from('two'));
    expect(await values).toEqual(['one', Buffer.from('two')]);
    expect(socket.listenerCount('message')).toBe(before);
  });

  it('exception is the one event that goes to the client, for the filters of Nest 11', async () => {
    const { client, socket } = await pair();
    const heard: unknown[] = [];
    socket.on('exception', (data) => heard.push(data));
    expect(socket.emit('exception', { status: 'error', message: 'No.' })).toBe(true);
    expect(await client.nextJson()).toEqual({ event: 'exception', data: { status: 'error', message: 'No.' } });
    expect(heard).toEqual([]);
    socket.on('own', (data) => heard.push(data));
    expect(socket.emit('own', 1)).toBe(true);
    expect(heard).toEqual([1]);
  });
});
