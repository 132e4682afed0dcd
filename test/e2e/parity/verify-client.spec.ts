// The option verifyClient: what it is given, and the HTTP answers with which it refuses.

import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffersInEveryMode } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { TEXT, frame, upgradeRequest } from '../../support/raw-client.js';
import { MARKER, expectRefusal } from './http-answer.js';

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

@WebSocketGateway({
  path: '/broken',
  verifyClient: () => {
    throw new Error('the secret of verifyClient');
  },
})
class BrokenGateway extends EchoGateway {}

describe.each(adapters)('verifyClient over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [SyncGateway, AsyncGateway, BrokenGateway] });

  async function refusal(path: string): Promise<Buffer> {
    const client = await app.raw();
    client.write(upgradeRequest(path, { Cookie: MARKER, 'X-Anything': MARKER }));
    return client.rest();
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

  const refusals: [path: string, statusLine: string, body: string, headers: Record<string, string>][] = [
    ['/sync', 'HTTP/1.1 401 Unauthorized', 'Unauthorized', {}],
    ['/async?verdict=plain', 'HTTP/1.1 401 Unauthorized', 'Unauthorized', {}],
    ['/async?verdict=forbidden', 'HTTP/1.1 403 Forbidden', 'Forbidden', {}],
    ['/async?verdict=teapot', "HTTP/1.1 418 I'm a Teapot", 'short and stout', {}],
    ['/async?verdict=limited', 'HTTP/1.1 429 Too Many Requests', 'später', { 'Retry-After': '7', 'X-Why': 'too many' }],
  ];
  for (const [path, statusLine, body, headers] of refusals) {
    itDiffersInEveryMode(adapter, `refuses ${path}`, {
      reason: 'its message is plain text, not HTML',
      platformWs: async () => {
        const length = { 'Content-Length': Buffer.byteLength(body), ...headers };
        const lines = Object.entries(length).map(([name, value]) => `${name}: ${value}\r\n`);
        expect((await refusal(path)).toString('utf8')).toBe(
          `${statusLine}\r\nConnection: close\r\nContent-Type: text/html\r\n${lines.join('')}\r\n${body}`,
        );
      },
      nestwire: async () => expect(expectRefusal(await refusal(path))).toMatchObject({ statusLine, body, headers }),
    });
  }

  itDiffersInEveryMode(adapter, 'refuses when it throws', {
    reason: 'the error is logged, and no business of the client',
    platformWs: async () =>
      expect((await refusal('/broken')).toString('latin1')).toBe('HTTP/1.1 400\r\nthe secret of verifyClient'),
    nestwire: async () => {
      app.logger.takeErrors();
      expect(expectRefusal(await refusal('/broken'))).toMatchObject({
        statusLine: 'HTTP/1.1 500 Internal Server Error',
        body: 'Internal server error',
      });
      expect(app.logger.takeErrors()).toHaveLength(1);
    },
  });

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
