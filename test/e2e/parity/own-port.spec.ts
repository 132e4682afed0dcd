// Gateways on ports of their own, without a path (every target is accepted) and with one.

import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, get } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { type OnGatewayConnection, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { Server, WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { freePort } from '../../support/free-port.js';
import { itDiffers, itDiffersInEveryMode } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { upgradeRequest } from '../../support/raw-client.js';

const barePort = await freePort();
const pathsPort = await freePort();

@WebSocketGateway(barePort)
class BareGateway extends EchoGateway implements OnGatewayConnection {
  @WebSocketServer()
  readonly server!: Server;

  handleConnection(client: WebSocket, request: IncomingMessage): void {
    client.send(`${request.url}`);
  }

  @SubscribeMessage('where')
  where(): string {
    return 'bare';
  }
}

@WebSocketGateway(pathsPort, { path: '/one' })
class OneGateway extends EchoGateway {
  @SubscribeMessage('where')
  where(): string {
    return 'one';
  }
}

@WebSocketGateway(pathsPort, { path: '/two' })
class TwoGateway extends EchoGateway {
  @SubscribeMessage('where')
  where(): string {
    return 'two';
  }
}

@WebSocketGateway({ path: '/one' })
class OwnServerGateway extends EchoGateway {
  @SubscribeMessage('where')
  where(): string {
    return 'one on the own server';
  }
}

describe.each(adapters)('gateways on other ports over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [BareGateway, OneGateway, TwoGateway, OwnServerGateway] });

  it.each(['/', '/any/path?x=1', '/one'])('without a path: %s is accepted', async (path) => {
    const client = await app.connect(`ws://127.0.0.1:${barePort}${path}`);
    expect(await client.next()).toBe(path);
    expect(await client.ask('where')).toBe('"bare"');
  });

  /** The headers of the answer to a plain request. */
  const plainRequest = async (): Promise<IncomingHttpHeaders> => {
    const [response] = (await once(get(`http://127.0.0.1:${barePort}/`), 'response')) as [IncomingMessage];
    expect([response.statusCode, response.statusMessage]).toEqual([426, 'Upgrade Required']);
    expect(await response.setEncoding('utf8').toArray()).toEqual(['Upgrade Required']);
    return response.headers;
  };

  itDiffersInEveryMode(adapter, 'without a path: plain HTTP gets 426', {
    reason: 'it names the protocol to upgrade to, as RFC 9110 §15.5.22 asks',
    platformWs: async () => expect((await plainRequest()).upgrade).toBeUndefined(),
    nestwire: async () => expect((await plainRequest()).upgrade).toBe('websocket'),
  });

  it('without a path: the server knows its address', () => {
    expect(app.get(BareGateway).server.address()).toMatchObject({ port: barePort });
  });

  it.each([
    ['/one', 'one'],
    ['/two?x=1', 'two'],
  ])('with paths: %s', async (path, expected) => {
    const client = await app.connect(`ws://127.0.0.1:${pathsPort}${path}`);
    expect(await client.ask('where')).toBe(`"${expected}"`);
    await client.expectSilence();
  });

  it('the own server keeps its gateways', async () => {
    const client = await app.connect('/one');
    expect(await client.ask('where')).toBe('"one on the own server"');
  });

  itDiffers(adapter, 'with paths: another path reaches none', {
    reason: 'an unmatched upgrade is answered with a 404',
    identical: async () => {
      const client = await app.raw(pathsPort);
      client.write(upgradeRequest('/three'));
      expect(await client.rest()).toEqual(Buffer.alloc(0));
    },
    better: async () => {
      const client = await app.raw(pathsPort);
      client.write(upgradeRequest('/three'));
      expect((await client.head())[0]).toBe('HTTP/1.1 404 Not Found');
    },
  });
});
