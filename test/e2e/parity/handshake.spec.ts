// Upgrade requests that are wrong or unusual, and the exact answers: what is accepted has the bytes of a 101, what is
// refused those of `ws`.

import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { upgradeRequest } from '../../support/raw-client.js';

@WebSocketGateway()
class HandshakeGateway extends EchoGateway {}

const ACCEPTED =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

const badRequest = (message: string, more = ''): string =>
  'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/html\r\n' +
  `Content-Length: ${message.length}\r\n${more}\r\n${message}`;

describe.each(adapters)('the opening handshake over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [HandshakeGateway] });

  async function accepted(request: string): Promise<string> {
    const client = await app.raw();
    client.write(request);
    const head = await client.head();
    return head.join('\r\n');
  }

  async function refused(request: string): Promise<string> {
    const client = await app.raw();
    client.write(request);
    return (await client.rest()).toString('latin1');
  }

  it.each<[string, Record<string, string | undefined>]>([
    ['as RFC 6455 writes it', {}],
    ['with other cases', { Upgrade: 'WebSocket', Connection: 'keep-alive, upgrade' }],
    ['with extensions that are not on', { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' }],
    ['with extensions nobody knows', { 'Sec-WebSocket-Extensions': 'x-unknown; a=b' }],
  ])('is accepted %s', async (_how, headers) => {
    expect(await accepted(upgradeRequest('/', headers))).toBe(ACCEPTED);
  });

  it('is accepted from a page of the same origin', async () => {
    const host = `127.0.0.1:${app.port}`;
    expect(await accepted(upgradeRequest('/', { Host: host, Origin: `http://${host}` }))).toBe(ACCEPTED);
  });

  itDiffers(adapter, 'is accepted from a page of another origin', {
    reason: 'browsers connect from the same origin only',
    identical: async () => {
      expect(await accepted(upgradeRequest('/', { Origin: 'https://evil.example' }))).toBe(ACCEPTED);
    },
    better: async () => {
      const head = await accepted(upgradeRequest('/', { Origin: 'https://evil.example' }));
      expect(head.split('\r\n')[0]).toBe('HTTP/1.1 403 Forbidden');
    },
  });

  const ALLOW_VERSIONS = 'Sec-WebSocket-Version: 13, 8\r\n';
  const INVALID_KEY = badRequest('Missing or invalid Sec-WebSocket-Key header');
  const INVALID_VERSION = badRequest('Missing or invalid Sec-WebSocket-Version header', ALLOW_VERSIONS);
  const INVALID_PROTOCOL = badRequest('Invalid Sec-WebSocket-Protocol header');
  const refusals: [string, string, string][] = [
    ['no key', upgradeRequest('/', { 'Sec-WebSocket-Key': undefined }), INVALID_KEY],
    ['a short key', upgradeRequest('/', { 'Sec-WebSocket-Key': 'c2hvcnQ=' }), INVALID_KEY],
    ['no version', upgradeRequest('/', { 'Sec-WebSocket-Version': undefined }), INVALID_VERSION],
    ['version 12', upgradeRequest('/', { 'Sec-WebSocket-Version': '12' }), INVALID_VERSION],
    ['another protocol', upgradeRequest('/', { Upgrade: 'h2c' }), badRequest('Invalid Upgrade header')],
    ['a subprotocol twice', upgradeRequest('/', { 'Sec-WebSocket-Protocol': 'a, a' }), INVALID_PROTOCOL],
    [
      'another method',
      upgradeRequest('/').replace('GET', 'POST'),
      badRequest('Invalid HTTP method').replace('400 Bad Request', '405 Method Not Allowed'),
    ],
    // The text of an Error where header lines should stand.
    ['a Host that is none', upgradeRequest('/', { Host: 'a b' }), 'HTTP/1.1 400\r\nInvalid URL'],
  ];
  for (const [what, request, expected] of refusals) {
    itDiffers(adapter, `is refused: ${what}`, {
      reason: 'a well-formed answer of our own',
      identical: async () => expect(await refused(request)).toBe(expected),
      better: async () => expect(await refused(request)).toMatch(/^HTTP\/1\.1 4\d\d [A-Z][^\r]*\r\n([^\r]+\r\n)+\r\n/),
    });
  }

  const emptyElement = upgradeRequest('/', { 'Sec-WebSocket-Protocol': 'a,,b' });
  itDiffers(adapter, 'is refused: a subprotocol left empty', {
    reason: 'RFC 9110 §5.6.1 has recipients ignore the empty elements of a list',
    identical: async () => expect(await refused(emptyElement)).toBe(INVALID_PROTOCOL),
    better: async () => expect(await accepted(emptyElement)).toBe(`${ACCEPTED}\r\nSec-WebSocket-Protocol: a`),
  });

  itDiffers(adapter, 'version 8, a draft, is accepted', {
    reason: 'RFC 6455 knows 13 only',
    identical: async () => expect(await accepted(upgradeRequest('/', { 'Sec-WebSocket-Version': '8' }))).toBe(ACCEPTED),
    better: async () =>
      expect(await accepted(upgradeRequest('/', { 'Sec-WebSocket-Version': '8' }))).toMatch(
        /^HTTP\/1\.1 426 [^]*Sec-WebSocket-Version: 13/,
      ),
  });
});
