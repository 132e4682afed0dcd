// Upgrades that are refused, in bytes: a complete HTTP answer that repeats nothing of what was sent, then the end, and not
// one byte of what followed is taken for a frame.

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { OnText } from '../../lib/index.js';
import { frame } from '../support/bytes.js';
import { RawClient, upgradeRequest } from '../support/raw-client.js';
import { useWireApp } from '../support/wire-app.js';

const reached: string[] = [];

@WebSocketGateway()
class Gateway {
  handleConnection(): void {
    reached.push('connection');
  }

  @OnText()
  text(): void {
    reached.push('text');
  }
}

const app = useWireApp({ providers: [Gateway] });
const FRAME = frame('client', 0x81, 'taken for a frame');
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

const lines =
  (...more: string[]) =>
  (first: string) =>
    `${[first, ...more].join('\r\n')}\r\n\r\n`;
const GET = 'GET / HTTP/1.1';
const HOST = 'Host: 127.0.0.1';
const UPGRADE = 'Upgrade: websocket';
const CONNECTION = 'Connection: Upgrade';
const VERSION = 'Sec-WebSocket-Version: 13';
const KEY_LINE = `Sec-WebSocket-Key: ${KEY}`;
const rest = (...without: string[]) =>
  [HOST, UPGRADE, CONNECTION, VERSION, KEY_LINE].filter((line) => !without.includes(line));

async function answer(
  request: string,
  body: Uint8Array = FRAME,
): Promise<{ status: number; head: string; body: string }> {
  const client = await RawClient.open(app.current.port);
  client.write(Buffer.concat([Buffer.from(request, 'latin1'), body]));
  const bytes = (await client.rest()).toString('latin1');
  const end = bytes.indexOf('\r\n\r\n');
  return { status: Number(bytes.slice(9, 12)), head: bytes.slice(0, end), body: bytes.slice(end + 4) };
}

describe('an upgrade is refused', () => {
  it.each<[string, number, string]>([
    ['of HTTP/1.0', 400, lines(...rest())('GET / HTTP/1.0')],
    ['by POST', 405, lines(...rest())('POST / HTTP/1.1')],
    ['by HEAD', 405, lines(...rest())('HEAD / HTTP/1.1')],
    ['by OPTIONS', 405, lines(...rest())('OPTIONS / HTTP/1.1')],
    ['with two Hosts', 400, lines(...rest(), HOST)(GET)],
    ['with an odd Host', 400, lines(...rest(HOST), 'Host: a b')(GET)],
    ['with user information in the Host', 400, lines(...rest(HOST), 'Host: user@host')(GET)],
    ['with a body by length', 400, lines(...rest(), `Content-Length: ${FRAME.length}`)(GET)],
    ['with a body in chunks', 400, lines(...rest(), 'Transfer-Encoding: chunked')(GET)],
    ['without a key', 400, lines(...rest(KEY_LINE))(GET)],
    ['with two keys', 400, lines(...rest(), KEY_LINE)(GET)],
    ['with a short key', 400, lines(...rest(KEY_LINE), 'Sec-WebSocket-Key: c2hvcnQ=')(GET)],
    ['with a key that is no base64', 400, lines(...rest(KEY_LINE), 'Sec-WebSocket-Key: ??????????????????????==')(GET)],
    ['without a version', 426, lines(...rest(VERSION))(GET)],
    ['of version 8', 426, lines(...rest(VERSION), 'Sec-WebSocket-Version: 8')(GET)],
    ['of two versions', 400, lines(...rest(), 'Sec-WebSocket-Version: 8')(GET)],
    ['to another protocol', 426, lines(...rest(UPGRADE), 'Upgrade: h2c')(GET)],
    ['with extensions that are none', 400, lines(...rest(), 'Sec-WebSocket-Extensions: a; =')(GET)],
    ['with subprotocols that are none', 400, lines(...rest(), 'Sec-WebSocket-Protocol: a/b')(GET)],
    ['for a path that is nobody’s', 404, lines(...rest())('GET /<script> HTTP/1.1')],
  ])('%s: %i', async (_, status, request) => {
    reached.length = 0;
    const refusal = await answer(request);
    expect(refusal.status).toBe(status);
    const fields = refusal.head.split('\r\n').slice(1);
    expect(fields).toContain(`Content-Length: ${Buffer.byteLength(refusal.body)}`);
    expect(fields.find((field) => field.startsWith('Connection: '))).toMatch('close');
    if (status === 405) expect(fields).toContain('Allow: GET');
    if (status === 426) {
      expect(fields).toEqual(expect.arrayContaining(['Upgrade: websocket', 'Sec-WebSocket-Version: 13']));
      expect(fields.find((field) => field.startsWith('Connection: '))).toMatch('Upgrade');
    }
    for (const sent of [KEY, 'script', 'c2hvcnQ', 'user@host', 'h2c', 'a/b'])
      expect(refusal.body + refusal.head).not.toMatch(sent);
    expect(reached).toEqual([]);
  });

  it.each([
    ['without a Host', lines(...rest(HOST))(GET)],
    ['with a header that is none', lines(...rest(), 'no colon here')(GET)],
    ['with a folded header', lines(...rest(), ' folded')(GET)],
  ])('by Node or by us %s: 400', async (_, request) => {
    reached.length = 0;
    expect((await answer(request)).status).toBe(400);
    expect(reached).toEqual([]);
  });

  it.each([1_001, 2_001, 2_500])('with %i header fields, of which Node may have dropped some', async (count) => {
    const many = Array.from({ length: count - 5 }, () => 'a: b');
    expect([400, 431]).toContain((await answer(lines(...rest(), ...many)(GET))).status);
    expect([400, 431]).toContain((await answer(lines(...many, ...rest())(GET))).status);
  });

  it('in linear time, however long its headers are', async () => {
    const long = 15_000;
    for (const line of [
      `Sec-WebSocket-Protocol: ${','.repeat(long)}`,
      `Sec-WebSocket-Protocol: ${' '.repeat(long)}x y`,
      `Sec-WebSocket-Extensions: a${' \t'.repeat(long / 2)}=`,
      `Sec-WebSocket-Extensions: ${'a;'.repeat(long / 2)}`,
      `Sec-WebSocket-Extensions: a; b="${'\\'.repeat(long)}`,
    ]) {
      expect((await answer(lines(...rest(), line)(GET))).status).toBe(400);
    }
  });

  it('and the connection ends though the client keeps sending', async () => {
    const client = await RawClient.open(app.current.port);
    client.write(upgradeRequest('/', { 'Sec-WebSocket-Key': 'no' }));
    for (let i = 0; i < 50; i++) client.write(Buffer.alloc(10_000));
    expect((await client.rest()).toString()).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('an upgrade is accepted', () => {
  it.each([
    [
      'with lists and odd cases',
      lines(HOST, 'UPGRADE: h2c, WebSocket', 'connection: keep-alive, UPGRADE', VERSION, KEY_LINE)(GET),
    ],
    ['with a body of no bytes', lines(...rest(), 'Content-Length: 0')(GET)],
    ['with white space around values', lines(...rest(KEY_LINE), `Sec-WebSocket-Key:  \t${KEY} `)(GET)],
    ['with an extension that nobody knows', lines(...rest(), 'Sec-WebSocket-Extensions: x-unknown; a="b"')(GET)],
    ['of an IPv6 Host', lines(...rest(HOST), 'Host: [::1]:3000')(GET)],
  ])('%s', async (_, request) => {
    const client = await RawClient.open(app.current.port);
    client.write(request);
    expect((await client.head())[0]).toBe('HTTP/1.1 101 Switching Protocols');
    client.drop();
  });
});
