// One read buffer for all sockets: real sockets, plain and TLS, whose bytes must come whole and in order, whatever of them is
// kept, and in whatever state the socket was.
import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { kept, readIntoSharedMemory } from '../../lib/connection/shared-reading.js';
import { within } from '../support/bounded-wait.js';
import { selfSigned } from '../support/self-signed.js';

/** What came through the shared memory, copied. */
class Reader {
  bytes = Buffer.alloc(0);
  buffers = new Set<unknown>();
  private wake = (): void => undefined;

  constructor(readonly socket: Socket) {
    const { take } = this;
    this.bytes = Buffer.from(
      readIntoSharedMemory(socket, function (length, buffer) {
        take(buffer, length);
      }),
    );
    socket.on('data', () => {
      throw new Error('bytes came in the public way');
    });
  }

  async upTo(length: number): Promise<Buffer> {
    while (this.bytes.length < length)
      await within(new Promise<void>((resolve) => (this.wake = resolve)), 'more bytes');
    return this.bytes;
  }

  private readonly take = (buffer: Buffer, length: number): void => {
    this.buffers.add(buffer.buffer);
    this.bytes = Buffer.concat([this.bytes, buffer.subarray(0, length)]);
    this.wake();
  };
}

describe.each(['plain', 'TLS'] as const)('a %s socket', (kind) => {
  let server: Server;
  let clients: Socket[];

  beforeEach(async () => {
    server = kind === 'plain' ? createServer() : createTlsServer(selfSigned());
    server.listen(0, '127.0.0.1');
    clients = [];
    await once(server, 'listening');
  });

  afterEach(async () => {
    for (const client of clients) client.destroy();
    await within(new Promise((resolve) => server.close(resolve)), 'the server to close');
  });

  async function pair(): Promise<{ client: Socket; accepted: Socket }> {
    const { port } = server.address() as { port: number };
    const event = kind === 'plain' ? 'connection' : 'secureConnection';
    const arrival = once(server, event) as Promise<[Socket]>;
    const client =
      kind === 'plain'
        ? connect(port, '127.0.0.1')
        : connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    clients.push(client);
    const [accepted] = await within(arrival, 'a connection');
    clients.push(accepted);
    return { client, accepted };
  }

  it('gives what it reads, in memory that all sockets share', async () => {
    const [one, other] = [await pair(), await pair()];
    const readers = [new Reader(one.accepted), new Reader(other.accepted)] as const;
    one.client.write('one');
    other.client.write('other');
    expect((await readers[0].upTo(3)).toString()).toBe('one');
    expect((await readers[1].upTo(5)).toString()).toBe('other');
    expect(new Set([...readers[0].buffers, ...readers[1].buffers]).size).toBe(1);
  });

  it('gives a megabyte and more in its order, while another socket reads too', async () => {
    const [one, other] = [await pair(), await pair()];
    const readers = [new Reader(one.accepted), new Reader(other.accepted)] as const;
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 31) >> 3));
    one.client.write(bytes);
    other.client.write(Buffer.from(bytes).reverse());
    expect((await readers[0].upTo(bytes.length)).equals(bytes)).toBe(true);
    expect((await readers[1].upTo(bytes.length)).equals(Buffer.from(bytes).reverse())).toBe(true);
  });

  it('hands over what it had read before', async () => {
    const { client, accepted } = await pair();
    client.write('early');
    await within(once(accepted, 'readable'), 'early bytes');
    const reader = new Reader(accepted);
    expect(reader.bytes.toString()).toBe('early');
    client.write(', late');
    expect((await reader.upTo(11)).toString()).toBe('early, late');
  });

  it('reads nothing while it is paused', async () => {
    const { client, accepted } = await pair();
    const reader = new Reader(accepted);
    client.write('a');
    await reader.upTo(1);
    accepted.pause();
    client.write('b');
    // Whatever else has a way round the event loop has been round it by then.
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(reader.bytes.toString()).toBe('a');
    accepted.resume();
    expect((await reader.upTo(2)).toString()).toBe('ab');
  });

  it('ends and closes as ever', async () => {
    const { client, accepted } = await pair();
    const reader = new Reader(accepted);
    const events: string[] = [];
    accepted.on('end', () => events.push('end')).on('close', () => events.push('close'));
    const closed = once(accepted, 'close');
    client.end('last');
    await within(closed, 'the end');
    expect([reader.bytes.toString(), events]).toEqual(['last', ['end', 'close']]);
  });

  it('can be destroyed while it is reading', async () => {
    const { client, accepted } = await pair();
    const closed = once(accepted, 'close');
    readIntoSharedMemory(accepted, function () {
      this.destroy();
    });
    accepted.resume();
    client.on('error', () => undefined).write(Buffer.alloc(500_000));
    await within(closed, 'the end');
    expect(accepted.destroyed).toBe(true);
  });

  it('still counts among the connections of its server, until it is closed', async () => {
    const { accepted } = await pair();
    readIntoSharedMemory(accepted, () => undefined);
    const count = () =>
      new Promise((resolve, reject) => server.getConnections((error, n) => (error ? reject(error) : resolve(n))));
    expect(await count()).toBe(1);
    const closed = once(accepted, 'close');
    accepted.destroy();
    await within(closed, 'the end');
    expect(await count()).toBe(0);
  });
});

describe('a stream that is no socket', () => {
  it('is left alone', () => {
    const stream = new PassThrough();
    stream.write('abc');
    expect(readIntoSharedMemory(stream, () => undefined)).toHaveLength(0);
    expect(stream.read()?.toString()).toBe('abc');
  });
});

describe('kept', () => {
  it('leaves large payloads of others alone', () => {
    const large = Buffer.alloc(5000);
    expect(kept(large)).toBe(large);
    expect(kept(Buffer.from('small')).toString()).toBe('small');
  });
});
