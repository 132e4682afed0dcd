// client.send: what each kind of data becomes on the wire, the options, the callback, and sending when it is too late.

import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { within } from '../../support/bounded-wait.js';
import { itDiffers } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { type RawClient } from '../../support/raw-client.js';
import { ServedClientsGateway, connectPair } from '../../support/served-clients.gateway.js';

@WebSocketGateway()
class SendGateway extends ServedClientsGateway {}

/** What `ws` takes although its types do not say so. */
type Sendable = Parameters<WebSocket['send']>[0];

const bytes = new Uint8Array([9, 1, 2, 3, 4, 9]);

describe.each(adapters)('client.send over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [SendGateway] });

  async function rawPair(): Promise<[RawClient, WebSocket]> {
    const raw = await app.rawUpgrade('/');
    const { client } = await app.get(SendGateway).served.next();
    return [raw, client];
  }

  it.each<[string, unknown, string | Buffer]>([
    ['a string', 'é "✓"', 'é "✓"'],
    ['an empty string', '', ''],
    ['a number, as text', 5, '5'],
    ['zero, as text', 0, '0'],
    ['a Buffer', Buffer.from([1, 255]), Buffer.from([1, 255])],
    ['an empty Buffer', Buffer.alloc(0), Buffer.alloc(0)],
    ['a view into an ArrayBuffer', bytes.subarray(1, 5), Buffer.from([1, 2, 3, 4])],
    ['an ArrayBuffer', bytes.buffer.slice(1, 3), Buffer.from([1, 2])],
    ['a DataView', new DataView(bytes.buffer, 1, 2), Buffer.from([1, 2])],
    ['a typed array of wider elements', new Uint16Array([0x0102]), Buffer.from([0x02, 0x01])],
    ['an array of bytes', [1, 2, 3], Buffer.from([1, 2, 3])],
    ['undefined, as an empty binary message', undefined, Buffer.alloc(0)],
    ['null, as an empty binary message', null, Buffer.alloc(0)],
    ['false, as an empty binary message', false, Buffer.alloc(0)],
  ])('sends %s', async (_what, data, expected) => {
    const { client, served } = await connectPair(app, SendGateway);
    served.send(data as Sendable);
    expect(await client.next()).toEqual(expected);
    await client.expectSilence();
  });

  it.each<[string, unknown]>([
    ['an object', { a: 1 }],
    ['true', true],
  ])('throws for %s', async (_what, data) => {
    const { client, served } = await connectPair(app, SendGateway);
    // By its name: Jest's TypeError is not the one that Node throws.
    expect(() => served.send(data as Sendable)).toThrow(expect.objectContaining({ name: 'TypeError' }));
    await client.expectSilence();
  });

  it('the option `binary` decides the kind', async () => {
    const { client, served } = await connectPair(app, SendGateway);
    served.send('text', { binary: true });
    served.send(Buffer.from('bytes'), { binary: false });
    served.send('text', { binary: false, compress: true, fin: true });
    expect(await client.take(3)).toEqual([Buffer.from('text'), 'bytes', 'text']);
  });

  it('the option `fin` sends a message in fragments', async () => {
    const [client, served] = await rawPair();
    served.send('ab', { fin: false });
    served.send('c', { fin: false });
    served.send('', { fin: true });
    served.send(Buffer.from([7]));
    expect(await client.bytes(12)).toEqual(Buffer.from('010261620001638000820107', 'hex'));
  });

  it.each<[number, string]>([
    [0, '8100'],
    [125, '817d'],
    [126, '817e007e'],
    [65535, '817effff'],
    [65536, '817f0000000000010000'],
  ])('a message of %i bytes has the header %s', async (length, header) => {
    const [client, served] = await rawPair();
    served.send('x'.repeat(length));
    expect((await client.bytes(header.length / 2)).toString('hex')).toBe(header);
    expect((await client.bytes(length)).equals(Buffer.alloc(length, 'x'))).toBe(true);
  });

  it('calls back when data is written, in order, as second or third argument', async () => {
    const { client, served } = await connectPair(app, SendGateway);
    const calls: unknown[] = [];
    served.send('one', (error) => calls.push(['one', error ?? null]));
    served.send('two', {}, (error) => calls.push(['two', error ?? null]));
    await within(promisify<Sendable, void>(served.send.bind(served))('three'), 'the callback of three');
    expect(calls).toEqual([
      ['one', null],
      ['two', null],
    ]);
    expect(await client.take(3)).toEqual(['one', 'two', 'three']);
  });

  itDiffers(adapter, 'bufferedAmount grows while the client does not read, and shrinks when it does', {
    reason: 'a client that reads too slowly is let go before 8 MiB wait for it',
    identical: async () => {
      const { client, served } = await connectPair(app, SendGateway);
      expect(served.bufferedAmount).toBe(0);
      client.socket.pause();
      const block = Buffer.alloc(1 << 20);
      for (let sent = 0; sent < 8; sent += 1) served.send(block);
      expect(served.bufferedAmount).toBeGreaterThan(0);
      const written = new Promise((resolve) => served.send('last', resolve));
      client.socket.resume();
      await within(written, 'the last block');
      expect(served.bufferedAmount).toBe(0);
      await client.take(8);
      expect(await client.next()).toBe('last');
    },
    better: async () => {
      const { client, served } = await connectPair(app, SendGateway);
      client.socket.pause();
      const block = Buffer.alloc(1 << 20);
      // What the operating system takes for a client that does not read is its own decision, but no gigabyte.
      for (let sent = 0; sent < 1024 && served.readyState === 1; sent += 1) {
        served.send(block);
        await new Promise(setImmediate);
      }
      expect(served.readyState).not.toBe(1);
      expect(await app.get(SendGateway).disconnected(served)).toBe(1006);
      client.socket.resume();
      expect((await client.closed()).code).toBe(1006);
    },
  });

  it.each<[string, (served: WebSocket) => void]>([
    ['closing', (served) => served.close()],
    ['terminated', (served) => served.terminate()],
  ])('to a client that is %s gives the callback an error and throws nothing', async (_how, end) => {
    const { client, served } = await connectPair(app, SendGateway);
    end(served);
    expect(() => served.send('nowhere')).not.toThrow();
    const error = await new Promise((resolve) => served.send('12345', resolve));
    expect(error).toEqual(new Error('WebSocket is not open: readyState 2 (CLOSING)'));
    await client.closed();
  });

  it('bufferedAmount counts what is sent too late, in bytes', async () => {
    const { client, served } = await connectPair(app, SendGateway);
    client.socket.close();
    await app.get(SendGateway).disconnected(served);
    expect(served.bufferedAmount).toBe(0);
    served.send('é');
    served.send(Buffer.alloc(5));
    served.send('');
    served.ping('12');
    served.pong();
    expect(served.bufferedAmount).toBe(9);
  });

  it('to a client that is gone gives the callback an error and throws nothing', async () => {
    const { client, served } = await connectPair(app, SendGateway);
    client.socket.close();
    await app.get(SendGateway).disconnected(served);
    expect(() => served.send('nowhere')).not.toThrow();
    expect(() => served.ping()).not.toThrow();
    const message = 'WebSocket is not open: readyState 3 (CLOSED)';
    expect(await new Promise((resolve) => served.send('nowhere', resolve))).toEqual(new Error(message));
    expect(await new Promise((resolve) => served.ping('', false, resolve))).toEqual(new Error(message));
    expect(await new Promise((resolve) => served.pong('', false, resolve))).toEqual(new Error(message));
  });

  it('ping and pong send their payload and call back', async () => {
    const [client, served] = await rawPair();
    served.ping();
    served.ping('hi');
    served.pong(Buffer.from([1]));
    await within(new Promise((resolve) => served.ping('x', false, resolve)), 'the callback');
    expect(await client.bytes(12)).toEqual(Buffer.from('8900890268698a0101890178', 'hex'));
    // The type is that of `ws`, the words are not.
    const text = adapter.isNestwire
      ? /^a ping or pong carries at most 125 bytes, this one 126$/
      : /^The data size must not be greater than 125 bytes$/;
    const error: unknown = expect.objectContaining({
      name: 'RangeError',
      message: expect.stringMatching(text),
    });
    expect(() => served.ping(Buffer.alloc(126))).toThrow(error);
  });
});
