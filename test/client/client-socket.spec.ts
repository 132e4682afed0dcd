import { Buffer } from 'node:buffer';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ConnectOptions, connect } from '../../lib/client/connect.js';
import { ProtocolError } from '../../lib/frame/protocol-error.js';
import { within } from '../support/bounded-wait.js';
import { closePayload, frame } from '../support/bytes.js';
import { HeardClient } from './heard-client.js';
import { OpenHandles } from './open-handles.js';
import { RawServer, type ServedSocket } from './raw-server.js';

const TEXT = 0x81;
const BINARY = 0x82;
const CLOSE = 0x88;
const PING = 0x89;
const PONG = 0x8a;

let handles: OpenHandles;
let server: RawServer;
/** What the server sends in the same write as its 101. */
let behind: Buffer;

beforeEach(async () => {
  handles = await OpenHandles.now();
  behind = Buffer.alloc(0);
  server = await RawServer.start((request) => Buffer.concat([Buffer.from(request.answer()), behind]));
});

afterEach(async () => {
  await server.close();
  expect(await handles.added()).toEqual([]);
});

async function open(options?: ConnectOptions): Promise<{ client: HeardClient; peer: ServedSocket }> {
  const client = await HeardClient.open(server.url, options);
  return { client, peer: await server.next() };
}

describe('receiving', () => {
  it('text as a string, binary as a Buffer, in order, with pings and pongs between them', async () => {
    const { client, peer } = await open();
    peer.write(
      frame('server', TEXT, 'é'),
      frame('server', BINARY, 'bytes'),
      frame('server', PING, 'p'),
      frame('server', TEXT, ''),
      frame('server', PONG, 'q'),
    );
    expect(await client.take(3)).toEqual(['é', Buffer.from('bytes'), '']);
    expect((await client.nextPing()).toString()).toBe('p');
    expect((await client.nextPong()).toString()).toBe('q');
    await client.drop();
  });

  it('what came together with the 101 waits for the first listener of "message"', async () => {
    behind = Buffer.concat([frame('server', TEXT, 'first'), frame('server', TEXT, 'second'), frame('server', CLOSE)]);
    const socket = await within(connect(server.url), 'the connection');
    // Somebody who takes a while before listening.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    const client = new HeardClient(socket);
    expect(await client.take(2)).toEqual(['first', 'second']);
    (await server.next()).socket.end();
    expect(await client.closed()).toEqual([1005, '']);
  });

  it('a frame may be cut by the end of what came together with the 101', async () => {
    const bytes = frame('server', TEXT, 'in two pieces');
    behind = bytes.subarray(0, 5);
    const { client, peer } = await open();
    peer.write(bytes.subarray(5));
    expect(await client.next()).toBe('in two pieces');
    await client.drop();
  });

  it('who listens only in the turn after the first message has heard them all', async () => {
    behind = frame('server', TEXT, 'first');
    const socket = await within(connect(server.url), 'the connection');
    const heard: unknown[] = [];
    const first = new Promise<void>((resolve) => {
      socket.once('message', (data) => {
        heard.push(data);
        resolve();
      });
    });
    socket.on('message', (data) => heard.push(data));
    await within(first, 'the message');
    expect(heard).toEqual(['first', 'first']);
    socket.terminate();
  });

  it('nothing is read before anybody listens, and start() begins without a listener', async () => {
    behind = frame('server', PING, 'are you there');
    const socket = await within(connect(server.url), 'the connection');
    const peer = await server.next();
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    socket.start();
    socket.start();
    const { firstByte, payload } = await peer.nextFrame();
    expect([firstByte, payload.toString()]).toEqual([PONG, 'are you there']);
    socket.terminate();
  });

  it('fragments are put together, a ping between them is answered', async () => {
    const { client, peer } = await open();
    peer.write(
      frame('server', 0x01, 'one, '),
      frame('server', PING, '!'),
      frame('server', 0x00, 'two, '),
      frame('server', 0x80, 'three'),
    );
    expect(await client.next()).toBe('one, two, three');
    expect((await peer.nextFrame()).firstByte).toBe(PONG);
    await client.drop();
  });

  it('what a listener throws reaches the process and does not harm the connection', async () => {
    const thrown: unknown[] = [];
    const { nextTick } = process;
    const spy = jest.spyOn(process, 'nextTick').mockImplementation((callback, ...values) => {
      nextTick(() => {
        try {
          callback(...values);
        } catch (error) {
          thrown.push(error);
        }
      });
    });
    try {
      const { client, peer } = await open();
      const mistake = new Error('a mistake of the application');
      client.socket.prependOnceListener('message', () => {
        throw mistake;
      });
      peer.write(frame('server', TEXT, 'lost'), frame('server', PING, 'p'), frame('server', TEXT, 'heard'));
      expect(await client.next()).toBe('heard');
      expect((await peer.nextFrame()).firstByte).toBe(PONG);
      client.socket.send('still here');
      expect((await peer.nextFrame()).payload.toString()).toBe('still here');
      expect(thrown).toEqual([mistake]);
      await client.drop();
    } finally {
      spy.mockRestore();
    }
  });
});

describe('§5.1: a server’s frames are not masked', () => {
  it.each([
    ['a masked frame', frame('client', TEXT, 'masked'), 'masked-frame', 1002],
    ['a reserved bit, nothing negotiated', frame('server', 0xc1, 'x'), 'reserved-bits', 1002],
    ['invalid UTF-8', frame('server', TEXT, Buffer.from([0xff])), 'text-not-utf8', 1007],
    ['a message beyond the limit', frame('server', BINARY, Buffer.alloc(1025)), 'message-too-big', 1009],
  ])('%s fails the connection', async (_, bytes, violation, code) => {
    const { client, peer } = await open({ limits: { maxMessageBytes: 1024 } });
    peer.write(frame('server', TEXT, 'good'), bytes, frame('server', TEXT, 'never read'));
    expect(await client.next()).toBe('good');
    const { firstByte, payload } = await peer.nextFrame();
    expect([firstByte, payload.readUInt16BE()]).toEqual([CLOSE, code]);
    await peer.ended();
    expect(await client.closed()).toEqual([1006, '']);
    expect(client.errors).toHaveLength(1);
    expect(client.errors[0]).toBeInstanceOf(ProtocolError);
    expect((client.errors[0] as ProtocolError).violation).toBe(violation);
    await expect(client.next()).rejects.toThrow('none will come');
  });

  it('garbage behind the 101 is an error of the connection, heard by whoever listens', async () => {
    behind = Buffer.from('HTTP/1.1 101 once more, and so on');
    const { client } = await open();
    expect(await client.closed()).toEqual([1006, '']);
    expect(client.errors.map(({ name }) => name)).toEqual(['ProtocolError']);
  });

  it('an error that nobody listens to throws nothing', async () => {
    behind = frame('client', TEXT, 'masked');
    const socket = await within(connect(server.url), 'the connection');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.start();
    expect(await within(closed, 'the close')).toBe(1006);
  });
});

describe('sending', () => {
  it('bufferedAmount says how much a server that does not read has not been given', async () => {
    const { client, peer } = await open();
    expect(client.socket.bufferedAmount).toBe(0);
    peer.socket.pause();
    client.socket.send(Buffer.alloc(16 * 1024 * 1024));
    expect(client.socket.bufferedAmount).toBeGreaterThanOrEqual(16 * 1024 * 1024);
    client.socket.terminate();
    await client.closed();
  });
});

describe('the ends', () => {
  it('§7.1.1: ours first: the server ends TCP, then we are told what it said', async () => {
    const { client, peer } = await open();
    client.socket.close(3001, 'à bientôt');
    expect(client.socket.readyState).toBe(2);
    const { firstByte, payload } = await peer.nextFrame();
    expect([firstByte, payload.readUInt16BE(), payload.subarray(2).toString()]).toEqual([CLOSE, 3001, 'à bientôt']);
    peer.write(frame('server', CLOSE, closePayload(3001, 'à bientôt')));
    peer.socket.end();
    expect(await client.closed()).toEqual([3001, 'à bientôt']);
    expect(client.socket.readyState).toBe(3);
  });

  it('§7.1.1: theirs first: answered with the same code, and TCP is theirs to end', async () => {
    const { client, peer } = await open();
    peer.write(frame('server', CLOSE, closePayload(4999, 'enough')));
    const { firstByte, payload } = await peer.nextFrame();
    expect([firstByte, payload.readUInt16BE(), payload.subarray(2).toString()]).toEqual([CLOSE, 4999, 'enough']);
    expect(peer.socket.readableEnded).toBe(false);
    peer.socket.end();
    expect(await client.closed()).toEqual([4999, 'enough']);
    expect(client.errors).toEqual([]);
  });

  it('§7.1.5: a Close without a code is 1005, none at all 1006', async () => {
    const first = await open();
    first.peer.write(frame('server', CLOSE));
    expect((await first.peer.nextFrame()).payload).toHaveLength(0);
    first.peer.socket.end();
    expect(await first.client.closed()).toEqual([1005, '']);

    const second = await open();
    second.peer.socket.end();
    expect(await second.client.closed()).toEqual([1006, '']);
  });

  it('a server that answers the Close and keeps TCP open is not waited for longer than closeTimeoutMs', async () => {
    const { client, peer } = await open({ limits: { closeTimeoutMs: 300 } });
    client.socket.close(1000);
    await peer.nextFrame();
    peer.write(frame('server', CLOSE, closePayload(1000)));
    expect(await client.closed()).toEqual([1000, '']);
    await peer.ended();
  });

  it('a server that never answers the Close', async () => {
    const { client, peer } = await open({ limits: { closeTimeoutMs: 300 } });
    client.socket.close(1000);
    expect(await client.closed()).toEqual([1006, '']);
    await peer.ended();
  });

  it('a reset connection is an error and 1006', async () => {
    const { client, peer } = await open();
    peer.socket.resetAndDestroy();
    expect(await client.closed()).toEqual([1006, '']);
    expect(client.errors).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
  });

  it('terminate() before anybody listened, and twice', async () => {
    const socket = await within(connect(server.url), 'the connection');
    const closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve([code, reason])));
    socket.terminate();
    socket.terminate();
    expect(await within(closed, 'the close')).toEqual([1006, '']);
    await (await server.next()).ended();
  });

  it('close() before anybody listened is a whole closing handshake', async () => {
    const socket = await within(connect(server.url), 'the connection');
    const closed = new Promise((resolve) => socket.once('close', (code, reason) => resolve([code, reason])));
    socket.close();
    const peer = await server.next();
    expect((await peer.nextFrame()).payload).toHaveLength(0);
    peer.write(frame('server', CLOSE));
    peer.socket.end();
    expect(await within(closed, 'the close')).toEqual([1005, '']);
  });

  it('a code or reason that must not be sent throws, and the connection stays open', async () => {
    const { client, peer } = await open();
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1.5]) {
      expect(() => client.socket.close(code)).toThrow(/close code/i);
    }
    expect(() => client.socket.close(1000, 'x'.repeat(124))).toThrow(/reason/);
    expect(client.socket.readyState).toBe(1);
    peer.write(frame('server', TEXT, 'on it goes'));
    expect(await client.next()).toBe('on it goes');
    await client.drop();
  });

  it('nothing can be sent once the end has begun', async () => {
    const { client, peer } = await open();
    client.socket.close(1000);
    expect(client.socket.send('late')).toBe(false);
    expect(client.socket.send(Buffer.from('late'))).toBe(false);
    expect(client.socket.ping()).toBe(false);
    expect((await peer.nextFrame()).firstByte).toBe(CLOSE);
    await client.drop();
    expect(client.socket.send('later')).toBe(false);
    expect(client.socket.readyState).toBe(3);
  });
});
