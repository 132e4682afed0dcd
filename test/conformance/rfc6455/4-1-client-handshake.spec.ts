// RFC 6455 §4.1: the request that our client sends, and which answers it takes: over TCP, with a server played by hand.

import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ClientSocket } from '../../../lib/client/client-socket.js';
import { connect, type ConnectOptions } from '../../../lib/client/connect.js';
import { HandshakeRefusedError } from '../../../lib/client/handshake-refused.error.js';
import { HandshakeError } from '../../../lib/handshake/client-handshake.js';
import { byteByByte, frame } from '../../support/bytes.js';
import { type Peer, PeerServer, switching } from '../connected.js';

const OFFERS: ConnectOptions = { subprotocols: ['chat', 'superchat'], compression: true };
const PLAIN: ConnectOptions = {};

let server: PeerServer;
beforeAll(async () => {
  server = await PeerServer.start();
});
afterAll(() => server.close());

/** What becomes of a client that gets this answer. @param answer lines, made from the accept value that would be right */
async function answered(
  options: ConnectOptions,
  answer: (accept: string) => readonly string[],
  pieces: (bytes: Buffer) => Buffer[] = (bytes) => [bytes],
): Promise<ClientSocket | Error> {
  const outcome = connect(server.url, options).catch((error: unknown) => error as Error);
  const peer = await server.next();
  await peer.readHead();
  await peer.send(pieces(Buffer.from([...answer(peer.acceptValue()), '', ''].join('\r\n'), 'latin1')));
  const result = await outcome;
  if (result instanceof Error) await peer.end();
  else result.terminate();
  return result;
}

/** The lines of a right answer with one changed, added (by a name that is new) or left out. */
const changed =
  (name: string, value: string | undefined) =>
  (accept: string): string[] => {
    const lines = switching(accept).filter((line) => !line.startsWith(`${name}:`));
    return value === undefined ? lines : [...lines, `${name}: ${value}`];
  };

describe('RFC 6455 §4.1 the request', () => {
  async function request(url: string, options?: ConnectOptions): Promise<Peer> {
    const connecting = connect(url, options);
    const peer = await server.next();
    await peer.accept();
    (await connecting).terminate();
    return peer;
  }

  it('§4.1, 1 to 3 "a valid HTTP request", "The method of the request MUST be GET, and the HTTP version MUST be at least 1.1"', async () => {
    const peer = await request(`${server.url}chat?room=1`);
    expect(peer.head[0]).toBe('GET /chat?room=1 HTTP/1.1');
  });

  it('§4.1, 4 "a |Host| header field whose value contains /host/ plus optionally \\":\\" followed by /port/", once', async () => {
    const peer = await request(server.url);
    expect(peer.head.filter((line) => /^host:/i.test(line))).toEqual([`Host: ${new URL(server.url).host}`]);
  });

  it('§4.1, 5 to 6 Upgrade names websocket, Connection names Upgrade', async () => {
    const peer = await request(server.url);
    expect([peer.field('Upgrade'), peer.field('Connection')]).toEqual(['websocket', 'Upgrade']);
  });

  it('§4.1, 7 "The nonce MUST be selected randomly for each connection", 16 bytes in base64', async () => {
    const keys = new Set<string>();
    for (let i = 0; i < 10; i++) keys.add((await request(server.url)).field('Sec-WebSocket-Key')!);
    expect(keys.size).toBe(10);
    for (const key of keys) expect(Buffer.from(key, 'base64').toString('base64')).toBe(key);
    for (const key of keys) expect(Buffer.from(key, 'base64')).toHaveLength(16);
  });

  it('§4.1, 9 "The value of this header field MUST be 13"', async () => {
    expect((await request(server.url)).field('Sec-WebSocket-Version')).toBe('13');
  });

  it('§4.1, 8, 10 and 11 Origin, subprotocols and extensions are there only when there is something to say', async () => {
    const peer = await request(server.url);
    const optional = ['Origin', 'Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions'];
    expect(optional.map((name) => peer.field(name))).toEqual([undefined, undefined, undefined]);
    const offering = await request(server.url, { ...OFFERS, headers: { Origin: 'https://example.org' } });
    expect(optional.map((name) => offering.field(name))).toEqual([
      'https://example.org',
      'chat, superchat',
      'permessage-deflate; client_max_window_bits',
    ]);
  });

  it('§4.1 "the client MUST wait for a response from the server before sending any further data"', async () => {
    const connecting = connect(server.url);
    const peer = await server.next();
    await peer.readHead();
    await new Promise((resolve) => setImmediate(resolve));
    expect(peer.frames).toEqual([]);
    peer.socket.write([...switching(peer.acceptValue()), '', ''].join('\r\n'));
    const socket = await connecting;
    socket.send('now');
    await peer.framesUpTo(1);
    expect(peer.frames[0]!.payload.toString()).toBe('now');
    socket.terminate();
  });
});

describe.each<[string, (bytes: Buffer) => Buffer[]]>([
  ['whole', (bytes) => [bytes]],
  ['byte by byte', byteByByte],
])('RFC 6455 §4.1 the answer, %s', (_, pieces) => {
  it.each<[string, ConnectOptions, (accept: string) => readonly string[]]>([
    ['the answer of §1.2', PLAIN, switching],
    ['§4.1 "an ASCII case-insensitive match for the value \\"websocket\\""', PLAIN, changed('Upgrade', 'WebSocket')],
    [
      '§4.1 "a token that is an ASCII case-insensitive match for the value \\"Upgrade\\""',
      PLAIN,
      changed('Connection', 'keep-alive, upgrade'),
    ],
    [
      '§4.1 accept "ignoring any leading and trailing whitespace"',
      PLAIN,
      (accept) => changed('Sec-WebSocket-Accept', `  ${accept} `)(accept),
    ],
    ['fields that nobody asked for', PLAIN, changed('Set-Cookie', 'a=b')],
    ['a subprotocol that was asked for', OFFERS, changed('Sec-WebSocket-Protocol', 'superchat')],
    ['no subprotocol though some were asked for', OFFERS, switching],
    [
      'an extension that was asked for',
      OFFERS,
      changed('Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits=9'),
    ],
  ])('accepts: %s', async (_, options, answer) => {
    const outcome = await answered(options, answer, pieces);
    expect(outcome).not.toBeInstanceOf(Error);
  });

  it.each<[string, ConnectOptions, (accept: string) => readonly string[]]>([
    ['§4.1, 2 no Upgrade', PLAIN, changed('Upgrade', undefined)],
    ['§4.1, 2 another protocol', PLAIN, changed('Upgrade', 'h2c')],
    ['§4.1, 3 a Connection without Upgrade', PLAIN, changed('Connection', 'close')],
    ['§4.1, 4 no accept value', PLAIN, changed('Sec-WebSocket-Accept', undefined)],
    ['§4.1, 4 an accept value for another key', PLAIN, changed('Sec-WebSocket-Accept', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')],
    [
      '§4.1, 4 an accept value in other letters',
      PLAIN,
      (accept) => changed('Sec-WebSocket-Accept', accept.toLowerCase().replace(/=$/, ''))(accept),
    ],
    ['§4.1, 5 an extension that was not asked for', PLAIN, changed('Sec-WebSocket-Extensions', 'permessage-deflate')],
    [
      '§4.1, 5 another extension than was asked for',
      OFFERS,
      changed('Sec-WebSocket-Extensions', 'x-webkit-deflate-frame'),
    ],
    [
      '§4.1, 5 an extension twice',
      OFFERS,
      changed('Sec-WebSocket-Extensions', 'permessage-deflate, permessage-deflate'),
    ],
    ['§4.1, 6 a subprotocol though none was asked for', PLAIN, changed('Sec-WebSocket-Protocol', 'chat')],
    ['§4.1, 6 another subprotocol than was asked for', OFFERS, changed('Sec-WebSocket-Protocol', 'mqtt')],
    ['§4.1, 6 two subprotocols', OFFERS, changed('Sec-WebSocket-Protocol', 'chat, superchat')],
  ])('fails the connection: %s', async (_, options, answer) => {
    expect(await answered(options, answer, pieces)).toBeInstanceOf(Error);
  });

  it.each([200, 204, 302, 400, 401, 403, 404, 426, 500, 503])(
    '§4.1, 1 "If the status code received from the server is not 101, the client handles the response per HTTP": %i',
    async (status) => {
      const outcome = await answered(
        PLAIN,
        () => [
          `HTTP/1.1 ${status} Because`,
          'Content-Length: 0',
          'Location: http://elsewhere.example/',
          'Connection: close',
        ],
        pieces,
      );
      expect(outcome).toBeInstanceOf(HandshakeRefusedError);
      expect(outcome).toBeInstanceOf(HandshakeError);
      expect(outcome).toMatchObject({ status });
    },
  );
});

describe('RFC 6455 §4.1, §5.1 what comes behind the answer', () => {
  it('frames in the same write as the 101 are the first frames', async () => {
    const connecting = connect(server.url);
    const peer = await server.next();
    await peer.readHead();
    const head = Buffer.from([...switching(peer.acceptValue()), '', ''].join('\r\n'));
    peer.socket.write(
      Buffer.concat([head, frame('server', 0x81, 'first'), frame('server', 0x81, 'second').subarray(0, 3)]),
    );
    const socket = await connecting;
    const texts: unknown[] = [];
    const both = new Promise<void>((resolve) => {
      socket.on('message', (text: unknown) => {
        texts.push(text);
        if (texts.length === 2) resolve();
      });
    });
    peer.socket.write(frame('server', 0x81, 'second').subarray(3));
    await both;
    expect(texts).toEqual(['first', 'second']);
    socket.terminate();
  });

  it.each(['http://127.0.0.1/', 'https://127.0.0.1/', 'ftp://127.0.0.1/'])('§3 %s is no WebSocket URI', async (url) => {
    await expect(connect(url)).rejects.toBeInstanceOf(TypeError);
  });

  it('§3 "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used"', async () => {
    await expect(connect(`${server.url}#fragment`)).rejects.toBeInstanceOf(TypeError);
  });
});
