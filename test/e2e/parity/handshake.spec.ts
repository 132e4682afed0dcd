// Upgrade requests that are wrong or unusual, and their answers: what is accepted has the bytes of a 101, what is refused
// those of `ws`, or a complete answer of ours.

import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers, itDiffersInEveryMode } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { upgradeRequest } from '../../support/raw-client.js';
import { MARKER, expectRefusal } from './http-answer.js';

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

  async function refused(request: string): Promise<Buffer> {
    const client = await app.raw();
    client.write(request);
    return client.rest();
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

  /** Well-formed but for `overrides`, and with something to repeat. */
  const request = (overrides: Record<string, string | undefined>): string =>
    upgradeRequest(`/?${MARKER}`, { Cookie: MARKER, 'X-Anything': MARKER, ...overrides });

  const ALLOW_VERSIONS = 'Sec-WebSocket-Version: 13, 8\r\n';
  const INVALID_KEY = badRequest('Missing or invalid Sec-WebSocket-Key header');
  const INVALID_VERSION = badRequest('Missing or invalid Sec-WebSocket-Version header', ALLOW_VERSIONS);
  const INVALID_PROTOCOL = badRequest('Invalid Sec-WebSocket-Protocol header');
  const BAD_REQUEST = 'HTTP/1.1 400 Bad Request';
  const UPGRADE_REQUIRED = 'HTTP/1.1 426 Upgrade Required';
  const SPOKEN = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };

  interface Refused {
    what: string;
    sent: string;
    /** All bytes of it. */
    platformWs: string;
    nestwire: { statusLine: string; headers?: Record<string, string> };
  }

  const refusals: Refused[] = [
    {
      what: 'no key',
      sent: request({ 'Sec-WebSocket-Key': undefined }),
      platformWs: INVALID_KEY,
      nestwire: { statusLine: BAD_REQUEST },
    },
    {
      what: 'a short key',
      sent: request({ 'Sec-WebSocket-Key': MARKER }),
      platformWs: INVALID_KEY,
      nestwire: { statusLine: BAD_REQUEST },
    },
    {
      what: 'no version',
      sent: request({ 'Sec-WebSocket-Version': undefined }),
      platformWs: INVALID_VERSION,
      nestwire: { statusLine: UPGRADE_REQUIRED, headers: SPOKEN },
    },
    {
      what: 'version 12',
      sent: request({ 'Sec-WebSocket-Version': '12' }),
      platformWs: INVALID_VERSION,
      nestwire: { statusLine: UPGRADE_REQUIRED, headers: SPOKEN },
    },
    {
      what: 'another protocol',
      sent: request({ Upgrade: MARKER }),
      platformWs: badRequest('Invalid Upgrade header'),
      nestwire: { statusLine: UPGRADE_REQUIRED, headers: SPOKEN },
    },
    {
      what: 'a subprotocol twice',
      sent: request({ 'Sec-WebSocket-Protocol': `${MARKER}, ${MARKER}` }),
      platformWs: INVALID_PROTOCOL,
      nestwire: { statusLine: BAD_REQUEST },
    },
    {
      what: 'another method',
      sent: request({}).replace('GET', 'POST'),
      platformWs: badRequest('Invalid HTTP method').replace('400 Bad Request', '405 Method Not Allowed'),
      nestwire: { statusLine: 'HTTP/1.1 405 Method Not Allowed', headers: { Allow: 'GET' } },
    },
    {
      what: 'a Host that is none',
      sent: request({ Host: `a ${MARKER}` }),
      // The text of an Error where header lines should stand.
      platformWs: 'HTTP/1.1 400\r\nInvalid URL',
      nestwire: { statusLine: BAD_REQUEST },
    },
  ];
  for (const { what, sent, platformWs, nestwire } of refusals) {
    itDiffersInEveryMode(adapter, `is refused: ${what}`, {
      reason: 'complete HTTP answers of our own, with the status that RFC 6455 §4.4 and RFC 9110 name',
      platformWs: async () => expect((await refused(sent)).toString('latin1')).toBe(platformWs),
      nestwire: async () => expect(expectRefusal(await refused(sent))).toMatchObject(nestwire),
    });
  }

  const emptyElement = upgradeRequest('/', { 'Sec-WebSocket-Protocol': 'a,,b' });
  itDiffersInEveryMode(adapter, 'is refused: a subprotocol left empty', {
    reason: 'RFC 9110 §5.6.1 has recipients ignore the empty elements of a list',
    platformWs: async () => expect((await refused(emptyElement)).toString('latin1')).toBe(INVALID_PROTOCOL),
    nestwire: async () => expect(await accepted(emptyElement)).toBe(`${ACCEPTED}\r\nSec-WebSocket-Protocol: a`),
  });

  const version8 = request({ 'Sec-WebSocket-Version': '8' });
  itDiffersInEveryMode(adapter, 'version 8, a draft, is accepted', {
    reason: 'RFC 6455 knows 13 only',
    platformWs: async () => expect(await accepted(version8)).toBe(ACCEPTED),
    nestwire: async () =>
      expect(expectRefusal(await refused(version8))).toMatchObject({ statusLine: UPGRADE_REQUIRED, headers: SPOKEN }),
  });
});
