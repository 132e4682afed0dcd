// Which upgrade goes where: paths, unmatched ones, origins, subprotocols, on every kind of HTTP server.

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { WireSocket } from '../../../lib/index.js';
import { within } from '../../support/bounded-wait.js';
import { FrameClient } from '../../support/frame-client.js';
import { RawClient, upgradeRequest } from '../../support/raw-client.js';
import { selfSigned } from '../../support/self-signed.js';
import { startWireApp, useWireApp, type WireApp } from '../../support/wire-app.js';

let handled = 0;

class Where {
  handleConnection(): void {
    handled++;
  }

  @SubscribeMessage('where')
  where(): string {
    return this.constructor.name;
  }
}

@WebSocketGateway()
class Root extends Where {}

@WebSocketGateway({ path: '/deep/path' })
class Deep extends Where {}

const providers = [Root, Deep];

/** The status line with which an upgrade of `path` is answered. */
async function answer(app: WireApp, path: string, headers: Record<string, string> = {}): Promise<string> {
  const client = await RawClient.open(app.port);
  client.write(upgradeRequest(path, headers));
  const [status] = await client.head();
  client.drop();
  return status!;
}

const ACCEPTED = 'HTTP/1.1 101 Switching Protocols';
const REFUSED = 'HTTP/1.1 403 Forbidden';

describe('a path', () => {
  describe.each(['express', 'fastify'] as const)('on %s', (http) => {
    describe.each(['http', 'https'])('over %s', (scheme) => {
      const https = scheme === 'https' ? selfSigned() : undefined;
      const app = useWireApp({ providers, http, ...(https && { https }) });

      it.each([
        ['/', 'Root'],
        ['/?a=b', 'Root'],
        ['/deep/path', 'Deep'],
        ['/deep/path?x=/', 'Deep'],
        ['http://elsewhere/deep/path', 'Deep'],
      ])('%s reaches %s', async (path, name) => {
        const client = await app.current.client(path, { tls: https !== undefined });
        expect(await client.ask({ event: 'where' })).toBe(name);
      });

      it('that is nobody’s is a 404 that says nothing of the path', async () => {
        const refused = FrameClient.open(app.current.port, '/secret/path', { tls: https !== undefined });
        await expect(refused).rejects.toThrow('HTTP/1.1 404 Not Found');
      });
    });
  });
});

describe('an upgrade for nobody', () => {
  it.each(['http://[half', 'ws://', '*'])('also for what is no path: %s', async (target) => {
    const app = await startWireApp({ providers });
    expect(await answer(app, target)).toBe('HTTP/1.1 404 Not Found');
    await app.close();
  });

  it('is a complete 404, and the connection ends', async () => {
    const app = await startWireApp({ providers });
    const client = await RawClient.open(app.port);
    client.write(upgradeRequest('/nowhere'));
    const bytes = (await client.rest()).toString();
    expect(bytes).toMatch(/^HTTP\/1\.1 404 Not Found\r\nConnection: close\r\n/);
    expect(bytes).not.toMatch('nowhere');
    const [head, body] = bytes.split('\r\n\r\n') as [string, string];
    expect(head).toMatch(`Content-Length: ${Buffer.byteLength(body)}`);
    await app.close();
  });

  /** Answers upgrades of `/theirs`, as a development server on the same port does. */
  function neighbour(server: Server): void {
    server.on('upgrade', (request, socket: Socket) => {
      if (request.url === '/theirs') socket.end('HTTP/1.1 418 Theirs\r\n\r\n');
    });
  }

  it.each(['auto', 'ignore'] as const)('is left to another listener (%s)', async (unmatchedUpgrade) => {
    const app = await startWireApp({
      providers,
      options: { unmatchedUpgrade },
      configure: (nest) => neighbour(nest.getHttpServer() as Server),
    });
    expect(await answer(app, '/theirs')).toBe('HTTP/1.1 418 Theirs');
    expect(await answer(app, '/')).toBe(ACCEPTED);
    await app.close();
  });

  it('is left to a listener that came later, too', async () => {
    const app = await startWireApp({ providers });
    expect(await answer(app, '/theirs')).toBe('HTTP/1.1 404 Not Found');
    neighbour(app.server);
    expect(await answer(app, '/theirs')).toBe('HTTP/1.1 418 Theirs');
    await app.close();
  });

  it('is cut off without a word under compatibility: platform-ws, as there', async () => {
    const app = await startWireApp({ providers, options: { compatibility: 'platform-ws' } });
    const client = await RawClient.open(app.port);
    client.write(upgradeRequest('/nowhere'));
    expect(await client.rest()).toHaveLength(0);
    await app.close();
  });

  it('is cut off at the handshake limit where whoever it was left to does not answer', async () => {
    const app = await startWireApp({
      providers,
      options: { unmatchedUpgrade: 'ignore', limits: { handshakeTimeoutMs: 100 } },
    });
    const client = await RawClient.open(app.port);
    client.write(upgradeRequest('/nowhere'));
    expect(await client.rest()).toHaveLength(0);
    await app.close();
  });

  it('is refused beside another listener when it must be (refuse)', async () => {
    const app = await startWireApp({ providers, options: { unmatchedUpgrade: 'refuse' } });
    app.server.on('upgrade', () => undefined);
    expect(await answer(app, '/nowhere')).toBe('HTTP/1.1 404 Not Found');
    await app.close();
  });

  it.each(['auto', 'ignore', 'refuse'] as const)(
    'whose peer breaks off harms nobody (%s)',
    async (unmatchedUpgrade) => {
      const app = await startWireApp({ providers, options: { unmatchedUpgrade } });
      app.server.on('upgrade', () => undefined);
      const sockets: Socket[] = [];
      app.server.on('connection', (socket: Socket) => sockets.push(socket));
      const arrived = once(app.server, 'upgrade');
      const client = await RawClient.open(app.port);
      client.write(upgradeRequest('/nowhere'));
      await within(arrived, 'the upgrade');
      const gone = new Promise<void>((resolve) => {
        sockets[0]!.once('close', resolve);
      });
      client.reset();
      await within(gone, 'the end of it');
      expect(await answer(app, '/')).toBe(ACCEPTED);
      await app.close();
    },
  );
});

describe('the origin of a page', () => {
  const app = useWireApp({ providers });

  it.each([
    ['none at all', {}, ACCEPTED],
    ['the same', { Origin: 'http://127.0.0.1' }, ACCEPTED],
    ['the same by port', { Host: 'example.org:8080', Origin: 'http://example.org:8080' }, ACCEPTED],
    ['one behind TLS that a proxy took off', { Host: 'example.org', Origin: 'https://example.org' }, ACCEPTED],
    ['a foreign one', { Origin: 'https://evil.example' }, REFUSED],
    ['another port', { Host: 'example.org:8080', Origin: 'http://example.org' }, REFUSED],
    ['a subdomain', { Host: 'example.org', Origin: 'https://evil.example.org' }, REFUSED],
    ['one that begins like ours', { Host: 'example.org', Origin: 'https://example.org.evil.example' }, REFUSED],
    ['null', { Origin: 'null' }, REFUSED],
    ['nonsense', { Origin: 'javascript:alert(1)' }, REFUSED],
    [
      'a forwarded host that we do not trust',
      { 'X-Forwarded-Host': 'evil.example', Origin: 'https://evil.example' },
      REFUSED,
    ],
  ])('%s', async (_, headers, status) => {
    const before = handled;
    expect(await answer(app.current, '/', headers)).toBe(status);
    expect(handled).toBe(before + (status === ACCEPTED ? 1 : 0));
  });

  it('that is refused is logged with the option to change, on one line', async () => {
    await answer(app.current, '/', { Origin: 'https://evil.example' });
    const line = app.current.log.lines.findLast(({ level }) => level === 'warn');
    expect(line?.message).toBe(
      'A page of "https://evil.example" was refused with 403: ' +
        'the option "origins" of WireAdapter or @WebSocketGateway says which pages may connect',
    );
  });

  it('twice is refused', async () => {
    const client = await RawClient.open(app.current.port);
    client.write(upgradeRequest('/', { Origin: 'http://127.0.0.1', ORIGIN: 'http://127.0.0.1' }));
    expect((await client.head())[0]).toBe(REFUSED);
    client.drop();
  });

  it.each([
    [{ origins: 'any' } as const, ACCEPTED],
    [{ origins: ['https://friend.example'] }, ACCEPTED],
    [{ origins: ['https://other.example'] }, REFUSED],
    [{ origins: [] }, REFUSED],
  ])('with %j, a friend’s is answered with %s', async (options, status) => {
    const other = await startWireApp({ providers, options });
    expect(await answer(other, '/', { Origin: 'https://friend.example' })).toBe(status);
    await other.close();
  });

  it('is compared with what a trusted proxy forwards', async () => {
    const other = await startWireApp({ providers, options: { trustProxy: true } });
    const forwarded = { 'X-Forwarded-Host': 'public.example', 'X-Forwarded-Proto': 'https' };
    expect(await answer(other, '/', { ...forwarded, Origin: 'https://public.example' })).toBe(ACCEPTED);
    expect(await answer(other, '/', { ...forwarded, Origin: 'http://public.example' })).toBe(REFUSED);
    await other.close();
  });

  it('must have the scheme of the connection where that is known', async () => {
    const other = await startWireApp({ providers, https: selfSigned() });
    const open = (origin: string) => other.client('/', { tls: true, headers: { Host: 'example.org', Origin: origin } });
    await open('https://example.org');
    await expect(open('http://example.org:443')).rejects.toThrow(REFUSED);
    await other.close();
  });

  it('a path may say otherwise than the adapter', async () => {
    @WebSocketGateway({ path: '/open', origins: 'any' })
    class Open extends Where {}
    const other = await startWireApp({ providers: [Root, Open] });
    expect(await answer(other, '/open', { Origin: 'https://friend.example' })).toBe(ACCEPTED);
    expect(await answer(other, '/', { Origin: 'https://friend.example' })).toBe(REFUSED);
    await other.close();
  });
});

describe('subprotocols', () => {
  @WebSocketGateway({ path: '/two', subprotocols: ['v2', 'v1'] })
  class Two extends Where {
    @SubscribeMessage('protocol')
    protocol(client: WireSocket): string {
      return client.protocol;
    }
  }

  const choices: Record<string, string | false> = { none: false, offered: 'b', foreign: 'z', injected: 'a\r\nX: y' };

  @WebSocketGateway({
    path: '/chosen',
    handleProtocols: (offered: Set<string>) => {
      const [first] = offered;
      if (first === 'throw') throw new Error('cannot choose');
      return choices[first!]!;
    },
  })
  class Chosen extends Where {}

  const app = useWireApp({ providers: [Root, Two, Chosen] });

  async function chosen(path: string, offered?: string): Promise<[status: string, subprotocol: string | undefined]> {
    const client = await RawClient.open(app.current.port);
    client.write(upgradeRequest(path, offered === undefined ? {} : { 'Sec-WebSocket-Protocol': offered }));
    const [status, ...lines] = await client.head();
    client.drop();
    return [status!.slice(9, 12), lines.find((line) => line.startsWith('Sec-WebSocket-Protocol: '))?.slice(24)];
  }

  it.each([
    ['/', undefined, '101', undefined],
    ['/', 'a, b', '101', 'a'],
    ['/two', 'v1, v2', '101', 'v1'],
    ['/two', 'v3, v2', '101', 'v2'],
    ['/two', 'v3', '101', undefined],
    ['/two', 'V1', '101', undefined],
    ['/chosen', undefined, '101', undefined],
    ['/chosen', 'none, b', '101', undefined],
    ['/chosen', 'offered, b', '101', 'b'],
    ['/chosen', 'foreign, b', '500', undefined],
    ['/chosen', 'injected, b', '500', undefined],
    ['/chosen', 'throw', '500', undefined],
    ['/', 'a, a', '400', undefined],
    ['/', 'a b', '400', undefined],
    ['/', ',', '400', undefined],
  ])('%s offered %j: %s %j', async (path, offered, status, subprotocol) => {
    expect(await chosen(path, offered)).toEqual([status, subprotocol]);
  });

  it('what handleProtocols throws is in the log and nowhere else', async () => {
    const client = await RawClient.open(app.current.port);
    client.write(upgradeRequest('/chosen', { 'Sec-WebSocket-Protocol': 'throw' }));
    expect((await client.rest()).toString()).not.toMatch('cannot choose');
    expect(app.current.logged('error')).toMatch('A handshake failed');
  });

  it('the one agreed on is the client’s protocol', async () => {
    const client = await app.current.client('/two', { headers: { 'Sec-WebSocket-Protocol': 'v1' } });
    expect(await client.ask({ event: 'protocol' })).toBe('v1');
  });
});
