// The hooks of a gateway: what each gets, in which order, and how often.

import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import type { WebSocket, Server } from 'ws';
import { adapters } from '../../support/adapters.js';
import { Inbox } from '../../support/bounded-wait.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { codeForHook } from '../../support/served-clients.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { onNest } from '../../support/nest-version.js';
import { startApp, useApp } from '../../support/nest-app.js';

interface Left {
  url: string | undefined;
  reason: unknown;
  more: unknown[];
  readyState: number;
  inClients: boolean;
}

@WebSocketGateway({ path: '/hooks' })
class HooksGateway extends EchoGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  @WebSocketServer()
  readonly server!: Server;

  readonly inits: unknown[][] = [];
  readonly urls = new Map<WebSocket, string | undefined>();
  readonly left = new Inbox<Left>('a disconnect');

  afterInit(...args: unknown[]): void {
    this.inits.push(args);
  }

  handleConnection(client: WebSocket, request: IncomingMessage, ...more: unknown[]): void {
    const { url, method, httpVersion, headers } = request;
    this.urls.set(client, url);
    client.send(
      JSON.stringify({
        url,
        method,
        httpVersion,
        header: headers['x-test'],
        cookie: headers.cookie,
        upgrade: headers.upgrade,
        remoteAddress: request.socket.remoteAddress,
        readyState: client.readyState,
        inClients: this.server.clients.has(client),
        more,
      }),
    );
  }

  handleDisconnect(client: WebSocket, reason?: unknown, ...more: unknown[]): void {
    const { readyState } = client;
    const url = this.urls.get(client);
    this.left.push({ url, reason, more, readyState, inClients: this.server.clients.has(client) });
  }

  /** The disconnect of the client that connected to `url`; the clients of earlier tests are passed over. */
  async leftOf(url: string): Promise<Left> {
    for (;;) {
      const left = await this.left.next();
      if (left.url === url) return left;
    }
  }

  @SubscribeMessage('url')
  url(@ConnectedSocket() client: WebSocket): string | undefined {
    return this.urls.get(client);
  }

  @SubscribeMessage('close')
  close(@ConnectedSocket() client: WebSocket, @MessageBody() [code, reason]: [number, string]): void {
    client.close(code, reason);
  }
}

@WebSocketGateway({ path: '/slow' })
class SlowConnectionGateway extends EchoGateway implements OnGatewayConnection {
  readonly waiting = new Inbox<() => void>('a connection that waits');

  async handleConnection(client: WebSocket): Promise<void> {
    client.send('connecting');
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    client.send('connected');
  }
}

const order: string[] = [];

class First extends EchoGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  afterInit(): void {
    order.push(`${this.constructor.name} init`);
  }

  handleConnection(client: WebSocket): void {
    order.push(`${this.constructor.name} connection`);
    client.send(this.constructor.name);
  }

  handleDisconnect(): void {
    order.push(`${this.constructor.name} disconnect`);
  }

  onModuleInit(): void {
    order.push(`${this.constructor.name} onModuleInit`);
  }
}

@WebSocketGateway()
class GatewayA extends First {}

@WebSocketGateway()
class GatewayB extends First {}

@WebSocketGateway({ path: '/b' })
class GatewayC extends First {}

describe.each(adapters)('the hooks of a gateway over %s', (_name, adapter) => {
  describe('of one gateway', () => {
    const app = useApp({ adapter, providers: [HooksGateway] });
    const told = (code: number): number | undefined => codeForHook(adapter, code);

    it('afterInit gets the server, once', () => {
      const gateway = app.get(HooksGateway);
      expect(gateway.inits).toHaveLength(1);
      expect(gateway.inits[0]).toHaveLength(1);
      expect(gateway.inits[0]?.[0]).toBe(gateway.server);
    });

    it('handleConnection gets the client and the request, and may send at once', async () => {
      const client = await app.connect('/hooks?room=1&x=%20', { headers: { 'X-Test': 'value', Cookie: 'a=1; b=2' } });
      expect(await client.next()).toBe(
        '{"url":"/hooks?room=1&x=%20","method":"GET","httpVersion":"1.1","header":"value","cookie":"a=1; b=2",' +
          '"upgrade":"websocket","remoteAddress":"127.0.0.1","readyState":1,"inClients":true,"more":[]}',
      );
      expect(await client.ask('url')).toBe('"/hooks?room=1&x=%20"');
    });

    it.each<[string, number, string]>([
      ['with a code and a reason', 4100, 'enough'],
      ['normally', 1000, ''],
    ])('handleDisconnect comes once, when the client closes %s', async (_how, code, reason) => {
      const gateway = app.get(HooksGateway);
      const url = `/hooks?closes-with-${code}`;
      const client = await app.connect(url);
      client.socket.close(code, reason);
      const more = adapter.identical ? [] : [reason];
      expect(await gateway.leftOf(url)).toEqual({ url, reason: told(code), more, readyState: 3, inClients: false });
      expect(await client.closed()).toEqual({ code, reason });
      const other = await app.connect('/hooks');
      await other.next();
      await other.expectSilence();
      expect(gateway.left.size).toBe(0);
    });

    it('handleDisconnect gets 1005 for a close without a code', async () => {
      const client = await app.connect('/hooks?1005');
      client.socket.close();
      expect(await app.get(HooksGateway).leftOf('/hooks?1005')).toMatchObject({ reason: told(1005), readyState: 3 });
      expect(await client.closed()).toEqual({ code: 1005, reason: '' });
    });

    it('handleDisconnect gets 1006 for a connection that broke', async () => {
      const client = await app.connect('/hooks?1006');
      client.socket.terminate();
      expect(await app.get(HooksGateway).leftOf('/hooks?1006')).toMatchObject({ reason: told(1006), readyState: 3 });
    });

    it('handleDisconnect gets the code with which the client answered our close', async () => {
      const client = await app.connect('/hooks?4002');
      await client.next();
      client.emit('close', [4002, 'by the server']);
      expect(await client.closed()).toEqual({ code: 4002, reason: 'by the server' });
      expect(await app.get(HooksGateway).leftOf('/hooks?4002')).toMatchObject({ reason: told(4002), readyState: 3 });
    });
  });

  describe('of an async handleConnection', () => {
    const app = useApp({ adapter, providers: [SlowConnectionGateway] });

    it('what it sends arrives in order, before and after it waits', async () => {
      const client = await app.connect('/slow');
      expect(await client.next()).toBe('connecting');
      (await app.get(SlowConnectionGateway).waiting.next())();
      expect(await client.next()).toBe('connected');
      await client.expectSilence();
    });

    itDiffers(adapter, 'messages do not wait for it', {
      reason: 'they wait, test/gateway/socket/connect-gate.spec.ts',
      identical: async () => {
        const client = await app.connect('/slow');
        expect(await client.next()).toBe('connecting');
        await client.expectSilence();
        (await app.get(SlowConnectionGateway).waiting.next())();
        expect(await client.next()).toBe('connected');
      },
    });
  });

  // Nest 12 waits one turn for the adapter before it connects the first gateway, so that one comes after all others.
  it('of several gateways run in the order of declaration, with Nest 12 the first one last', async () => {
    order.length = 0;
    const app = await startApp({ adapter, providers: [GatewayA, GatewayB, GatewayC] });
    try {
      expect(order).toEqual([
        ...onNest({
          11: ['GatewayA init', 'GatewayB init', 'GatewayC init'],
          12: ['GatewayB init', 'GatewayC init', 'GatewayA init'],
        }),
        'GatewayA onModuleInit',
        'GatewayB onModuleInit',
        'GatewayC onModuleInit',
      ]);
      order.length = 0;
      const client = await app.connect('/');
      const [first, second] = onNest({ 11: ['GatewayA', 'GatewayB'], 12: ['GatewayB', 'GatewayA'] });
      expect(await client.take(2)).toEqual([first, second]);
      const other = await app.connect('/b');
      expect(await other.next()).toBe('GatewayC');
      client.socket.close();
      await client.closed();
      expect(order.splice(0, 3)).toEqual([`${first} connection`, `${second} connection`, 'GatewayC connection']);
      await other.expectSilence();
      expect(order).toEqual([`${first} disconnect`, `${second} disconnect`]);
    } finally {
      await app.close();
    }
  });
});
