import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { Duplex, duplexPair } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ClientSocket } from '../../lib/client/client-socket.js';
import { connect } from '../../lib/client/connect.js';
import { within } from '../support/bounded-wait.js';
import { frame } from '../support/bytes.js';
import { readClientFrames } from './client-frames.js';
import { HeardClient } from './heard-client.js';
import { OpenHandles } from './open-handles.js';
import { RawServer, Request } from './raw-server.js';

const TEXT = 0x81;

let handles: OpenHandles;

beforeEach(async () => {
  handles = await OpenHandles.now();
});

describe('what is asked for', () => {
  let server: RawServer;
  let clients: ClientSocket[];

  beforeEach(async () => {
    server = await RawServer.start((request) =>
      request.answer({ 'Sec-WebSocket-Protocol': request.field('Sec-WebSocket-Protocol')?.split(', ')[0] }),
    );
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.terminate();
    await server.close();
    expect(await handles.added()).toEqual([]);
  });

  async function open(...args: Parameters<typeof connect>): Promise<ClientSocket> {
    const client = await connect(...args);
    clients.push(client);
    return client;
  }

  it('§4.1: a GET of HTTP/1.1 with Host, Upgrade, Connection, a key of 16 bytes and version 13', async () => {
    await open(`ws://127.0.0.1:${server.port}/a%20b/c?d=e&f`);
    const { request } = await server.next();
    expect(request.lines[0]).toBe('GET /a%20b/c?d=e&f HTTP/1.1');
    expect(request.field('Host')).toBe(`127.0.0.1:${server.port}`);
    expect(request.field('Upgrade')).toBe('websocket');
    expect(request.field('Connection')).toBe('Upgrade');
    expect(request.field('Sec-WebSocket-Version')).toBe('13');
    expect(request.field('Sec-WebSocket-Protocol')).toBeUndefined();
    expect(request.field('Sec-WebSocket-Extensions')).toBeUndefined();
    expect(request.field('Origin')).toBeUndefined();
    expect(Buffer.from(request.field('Sec-WebSocket-Key')!, 'base64')).toHaveLength(16);
  });

  it('the path is "/" where the URL has none; a URL object will do', async () => {
    await open(new URL(`ws://127.0.0.1:${server.port}`));
    expect((await server.next()).request.lines[0]).toBe('GET / HTTP/1.1');
  });

  it('§4.1: the key is new for every connection', async () => {
    const keys = new Set<string>();
    for (let i = 0; i < 20; i++) {
      await open(server.url);
      keys.add((await server.next()).request.field('Sec-WebSocket-Key')!);
    }
    expect(keys.size).toBe(20);
  });

  it('further header fields go along, and none can take the place of the handshake’s own', async () => {
    await open(server.url, {
      headers: { Authorization: 'Bearer x', Cookie: 'a=b', Host: 'example.org', 'sec-websocket-key': 'mine' },
    });
    const { request } = await server.next();
    expect(request.field('Authorization')).toBe('Bearer x');
    expect(request.field('Cookie')).toBe('a=b');
    expect(request.field('Host')).toBe('example.org');
    expect(request.field('Sec-WebSocket-Key')).not.toBe('mine');
    expect(request.lines.filter((line) => /^sec-websocket-key:/i.test(line))).toHaveLength(1);
  });

  it('a header field that would break out of its line is refused before anything is sent', async () => {
    await expect(connect(server.url, { headers: { 'X-A': 'a\r\nX-B: b' } })).rejects.toMatchObject({
      code: 'ERR_INVALID_CHAR',
    });
    expect(server.connections).toBe(0);
  });

  it('subprotocols are named in order, and the one that was chosen is told', async () => {
    const client = await open(server.url, { subprotocols: ['chat.v2', 'chat.v1'] });
    expect((await server.next()).request.field('Sec-WebSocket-Protocol')).toBe('chat.v2, chat.v1');
    expect(client.protocol).toBe('chat.v2');
  });

  it('compression is offered when it is wanted, and a server need not take it', async () => {
    const client = await open(server.url, { compression: true });
    const { request } = await server.next();
    expect(request.field('Sec-WebSocket-Extensions')).toBe('permessage-deflate; client_max_window_bits');
    expect(client.extensions).toBe('');
  });

  it('an IPv6 address is connected to without its brackets, which Host keeps', async () => {
    await expect(connect(`ws://[::1]:${server.port}/`)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      address: '::1',
    });
  });
});

describe('what cannot be asked for', () => {
  it.each(['http://127.0.0.1/', 'https://127.0.0.1/', 'ftp://127.0.0.1/', 'file:///etc', 'javascript:1'])(
    '§3: %s is no WebSocket URL',
    async (url) => {
      await expect(connect(url)).rejects.toThrow(/^a WebSocket URL begins with ws: or wss:, not \w+:$/);
    },
  );

  it.each(['', '/', '127.0.0.1', 'ws://', 'ws://a b/', 'ws://127.0.0.1:65536/'])('%j is no URL at all', async (url) => {
    await expect(connect(url)).rejects.toMatchObject({ code: 'ERR_INVALID_URL' });
  });

  it('§3: a fragment', async () => {
    await expect(connect('ws://127.0.0.1/#there')).rejects.toThrow('a WebSocket URL has no fragment (RFC 6455 §3)');
  });

  it.each([[['']], [['a b']], [['a,b']], [['a', 'b', 'a']], [['ä']], [['a\r\nb']]])(
    '§4.1: the subprotocols %j',
    async (subprotocols) => {
      await expect(connect('ws://127.0.0.1:1/', { subprotocols })).rejects.toThrow(
        'the subprotocols must be tokens, each another (RFC 6455 §4.1)',
      );
    },
  );

  it('a server that does not listen: the error of the transport', async () => {
    const server = await RawServer.start();
    const { url } = server;
    await server.close();
    await expect(connect(url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await handles.added()).toEqual([]);
  });
});

describe('over a stream of one’s own', () => {
  it('nothing is connected to: handshake and frames go over the stream', async () => {
    const [ours, theirs] = duplexPair();
    const opening = connect('ws://example.org:8080/over/there?x', { createConnection: () => ours });
    const request = await headOf(theirs);
    expect(request.lines[0]).toBe('GET /over/there?x HTTP/1.1');
    expect(request.field('Host')).toBe('example.org:8080');
    theirs.write(request.answer());
    const client = await within(opening, 'the connection');

    const message = once(client, 'message');
    theirs.write(frame('server', TEXT, 'hello'));
    expect(await within(message, 'the message')).toEqual(['hello']);

    const bytes = once(theirs, 'data') as Promise<[Buffer]>;
    client.send('back');
    const [sent] = await within(bytes, 'the frame');
    expect(readClientFrames(sent).map(({ firstByte, payload }) => [firstByte, payload.toString()])).toEqual([
      [TEXT, 'back'],
    ]);

    const closed = once(client, 'close');
    theirs.destroy();
    client.terminate();
    expect(await within(closed, 'the close')).toEqual([1006, '']);
    expect(await handles.added()).toEqual([]);
  });

  it.each([
    ['ws://example.org/', 'example.org'],
    ['ws://example.org:80/', 'example.org'],
    ['wss://example.org:443/', 'example.org'],
    ['wss://example.org:80/', 'example.org:80'],
    ['ws://[::1]:8080/', '[::1]:8080'],
    ['wss://bücher.example/', 'xn--bcher-kva.example'],
  ])('§4.1: the Host of %s is %s', async (url, host) => {
    const [ours, theirs] = duplexPair();
    const opening = connect(url, { createConnection: () => ours });
    const request = await headOf(theirs);
    expect(request.field('Host')).toBe(host);
    theirs.write(request.answer());
    (await within(opening, 'the connection')).terminate();
  });

  it('frames that came in the very bytes of the 101 are there for whoever listens next', async () => {
    const [ours, theirs] = duplexPair();
    const opening = connect('ws://example.org/', { createConnection: () => ours });
    const request = await headOf(theirs);
    theirs.write(Buffer.concat([Buffer.from(request.answer()), frame('server', TEXT, 'at once')]));
    const client = await within(opening, 'the connection');
    expect(await within(once(client, 'message'), 'the message')).toEqual(['at once']);
    client.terminate();
  });

  it('a stream that fails in the middle of the handshake', async () => {
    const [ours, theirs] = duplexPair();
    const opening = connect('ws://example.org/', { createConnection: () => ours });
    await headOf(theirs);
    ours.destroy(new Error('the cable was cut'));
    await expect(within(opening, 'the answer')).rejects.toThrow('the cable was cut');
    expect(await handles.added()).toEqual([]);
  });

  it('a stream that fails in the very turn of the 101', async () => {
    const [ours, theirs] = duplexPair();
    const opening = connect('ws://example.org/', { createConnection: () => ours });
    const request = await headOf(theirs);
    ours.once('data', () => ours.destroy(new Error('the cable was cut')));
    theirs.write(request.answer());
    const client = new HeardClient(await within(opening, 'the answer'));
    expect(await client.closed()).toEqual([1006, '']);
    expect(client.errors.map(({ message }) => message)).toEqual(['the cable was cut']);
    expect(await handles.added()).toEqual([]);
  });
});

/** The request that comes over a stream. */
async function headOf(stream: Duplex): Promise<Request> {
  let received = '';
  while (!received.includes('\r\n\r\n')) {
    const [chunk] = (await within(once(stream, 'data'), 'the request')) as [Buffer];
    received += chunk.toString('latin1');
  }
  return new Request(received.split('\r\n'));
}
