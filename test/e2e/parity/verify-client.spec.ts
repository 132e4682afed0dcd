// The option verifyClient: what it is given, and the HTTP answers with which it refuses, byte for byte.

import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { TEXT, frame, upgradeRequest } from '../../support/raw-client.js';

interface Info {
  origin: string | undefined;
  secure: boolean;
  req: IncomingMessage;
}

type Verified = (result: boolean, code?: number, message?: string, headers?: Record<string, string>) => void;

const seen: object[] = [];

@WebSocketGateway({
  path: '/sync',
  verifyClient: (info: Info) => {
    seen.push({ origin: info.origin, secure: info.secure, url: info.req.url, token: info.req.headers['x-token'] });
    return info.req.headers['x-token'] === 'good';
  },
})
class SyncGateway extends EchoGateway {}

const verdicts: Record<string, Parameters<Verified>> = {
  pass: [true],
  plain: [false],
  forbidden: [false, 403],
  teapot: [false, 418, 'short and stout'],
  limited: [false, 429, 'später', { 'Retry-After': '7', 'X-Why': 'too many' }],
};

@WebSocketGateway({
  path: '/async',
  verifyClient: (info: Info, verified: Verified) => {
    const verdict = verdicts[new URL(info.req.url ?? '', 'ws://localhost').searchParams.get('verdict') ?? ''];
    setImmediate(() => verified(...(verdict ?? [false, 500])));
  },
})
class AsyncGateway extends EchoGateway {}

describe.each(adapters)('verifyClient over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [SyncGateway, AsyncGateway] });

  async function refusal(path: string, headers: Record<string, string> = {}): Promise<string> {
    const client = await app.raw();
    client.write(upgradeRequest(path, headers));
    return (await client.rest()).toString('utf8');
  }

  it('is given the origin, whether the connection is secure, and the request', async () => {
    seen.length = 0;
    const origin = `http://127.0.0.1:${app.port}`;
    const client = await app.connect('/sync?x=1', { headers: { 'X-Token': 'good' }, origin });
    await client.expectSilence();
    expect(seen).toEqual([{ origin, secure: false, url: '/sync?x=1', token: 'good' }]);
  });

  it('has no origin for a client that is no browser', async () => {
    seen.length = 0;
    await app.connect('/sync', { headers: { 'X-Token': 'good' } });
    expect(seen).toEqual([{ origin: undefined, secure: false, url: '/sync', token: 'good' }]);
  });

  const refusals: [path: string, statusLine: string, headers: string, body: string][] = [
    ['/sync', 'HTTP/1.1 401 Unauthorized', 'Content-Length: 12\r\n', 'Unauthorized'],
    ['/async?verdict=plain', 'HTTP/1.1 401 Unauthorized', 'Content-Length: 12\r\n', 'Unauthorized'],
    ['/async?verdict=forbidden', 'HTTP/1.1 403 Forbidden', 'Content-Length: 9\r\n', 'Forbidden'],
    ['/async?verdict=teapot', "HTTP/1.1 418 I'm a Teapot", 'Content-Length: 15\r\n', 'short and stout'],
    [
      '/async?verdict=limited',
      'HTTP/1.1 429 Too Many Requests',
      'Content-Length: 7\r\nRetry-After: 7\r\nX-Why: too many\r\n',
      'später',
    ],
  ];
  for (const [path, statusLine, headers, body] of refusals) {
    itDiffers(adapter, `refuses ${path}`, {
      reason: 'the body is plain text, not HTML, and says what happened',
      identical: async () =>
        expect(await refusal(path)).toBe(
          `${statusLine}\r\nConnection: close\r\nContent-Type: text/html\r\n${headers}\r\n${body}`,
        ),
      better: async () => {
        const lines = (await refusal(path)).split('\r\n');
        expect(lines[0]?.slice(0, 13)).toBe(statusLine.slice(0, 13));
        const own = headers.split('\r\n').filter((line) => line !== '' && !line.startsWith('Content-Length'));
        expect(lines).toEqual(expect.arrayContaining(own));
      },
    });
  }

  it('accepts later, by callback', async () => {
    const client = await app.connect('/async?verdict=pass');
    await client.expectSilence();
  });

  it.each(['/async?verdict=pass', '/sync'])(
    'frames that came with the request wait for the verdict: %s',
    async (path) => {
      const client = await app.raw();
      const request = Buffer.from(upgradeRequest(path, { 'X-Token': 'good' }));
      client.write(Buffer.concat([request, frame(TEXT, '{"event":"echo","data":1}')]));
      expect((await client.head())[0]).toBe('HTTP/1.1 101 Switching Protocols');
      expect((await client.bytes(27)).toString('latin1')).toBe('\x81\x19{"event":"echo","data":1}');
    },
  );
});
