// What @WebSocketServer() gives: the clients to send to, and the events and hooks of the `ws` server that gateways use.

import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import { type Server, WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { Inbox } from '../../support/bounded-wait.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { useApp } from '../../support/nest-app.js';
import type { TestClient } from '../../support/test-client.js';

interface Member extends WebSocket {
  isAlive?: boolean;
  room?: string | null;
}

@WebSocketGateway({ path: '/rooms' })
class RoomsGateway extends EchoGateway implements OnGatewayInit, OnGatewayConnection {
  @WebSocketServer()
  readonly server!: Server;

  readonly events: string[] = [];
  readonly gone = new Inbox<number>('the number of clients left');

  afterInit(server: Server): void {
    server.on('connection', (client: Member, request: IncomingMessage) => {
      this.events.push(`connection ${request.url}`);
      client.on('close', () => this.gone.push(server.clients.size));
    });
    server.on('headers', (headers: string[], request: IncomingMessage) => {
      headers.push(`X-Served: ${request.url}`);
    });
  }

  handleConnection(client: Member, request: IncomingMessage): void {
    this.events.push(`handleConnection ${request.url}`);
    client.room = new URL(request.url ?? '/', 'ws://localhost').searchParams.get('room');
    client.isAlive = true;
    client.on('pong', () => {
      client.isAlive = true;
    });
  }

  @SubscribeMessage('broadcast')
  broadcast(@MessageBody() data: unknown): void {
    const message = JSON.stringify({ event: 'broadcast', data });
    for (const client of this.server.clients) if (client.readyState === WebSocket.OPEN) client.send(message);
  }

  @SubscribeMessage('to others')
  toOthers(@ConnectedSocket() sender: Member, @MessageBody() data: unknown): string {
    this.server.clients.forEach((client) => {
      if (client !== sender && client.readyState === client.OPEN) client.send(Buffer.from(JSON.stringify(data)));
    });
    return 'told the others';
  }

  @SubscribeMessage('to room')
  toRoom(@MessageBody() room: string): void {
    for (const client of [...this.server.clients] as Member[]) if (client.room === room) client.send(`in ${room}`);
  }

  @SubscribeMessage('count')
  count(@ConnectedSocket() sender: Member): object {
    const { clients } = this.server;
    return { size: clients.size, isSet: clients instanceof Set, has: clients.has(sender), all: [...clients].length };
  }

  /** The heartbeat of the `ws` README, one round of it. */
  beat(): void {
    for (const client of this.server.clients as Set<Member>) {
      if (client.isAlive === false) client.terminate();
      client.isAlive = false;
      client.ping();
    }
  }
}

@WebSocketGateway({ path: '/elsewhere' })
class ElsewhereGateway extends EchoGateway {
  @WebSocketServer()
  readonly server!: Server;

  readonly later = { notAServer: true };

  @SubscribeMessage('count')
  count(): number {
    return this.server.clients.size;
  }
}

describe.each(adapters)('the server over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [RoomsGateway, ElsewhereGateway] });

  /** The server forgets a client a moment after the client saw its own end. */
  async function untilLeft(count: number): Promise<void> {
    const { server, gone } = app.get(RoomsGateway);
    while (server.clients.size > count) await gone.next();
  }

  /** A client beside which the server knows no other. */
  async function connectAlone(path: string): Promise<TestClient> {
    await untilLeft(0);
    return app.connect(path);
  }

  it('`clients` is a Set of those connected to this path', async () => {
    const first = await connectAlone('/rooms');
    await app.connect('/elsewhere');
    expect(await first.ask('count')).toBe('{"size":1,"isSet":true,"has":true,"all":1}');
    const second = await app.connect('/rooms');
    expect(await first.ask('count')).toBe('{"size":2,"isSet":true,"has":true,"all":2}');
    second.socket.close();
    await second.closed();
    await untilLeft(1);
    expect(await first.ask('count')).toBe('{"size":1,"isSet":true,"has":true,"all":1}');
  });

  it('broadcasts to all, or to all others', async () => {
    const clients = [await connectAlone('/rooms'), await app.connect('/rooms'), await app.connect('/rooms')] as const;
    clients[0].emit('broadcast', { n: 1 });
    for (const client of clients) expect(await client.next()).toBe('{"event":"broadcast","data":{"n":1}}');
    expect(await clients[1].ask('to others', ['bytes'])).toBe('"told the others"');
    expect(await clients[0].next()).toEqual(Buffer.from('["bytes"]'));
    expect(await clients[2].next()).toEqual(Buffer.from('["bytes"]'));
    for (const client of clients) await client.expectSilence();
  });

  it('properties that a gateway puts on a client stay', async () => {
    const blue = await connectAlone('/rooms?room=blue');
    const red = await app.connect('/rooms?room=red');
    red.emit('to room', 'blue');
    expect(await blue.next()).toBe('in blue');
    await red.expectSilence();
  });

  it("'connection' comes before handleConnection, with the same arguments", async () => {
    const gateway = app.get(RoomsGateway);
    gateway.events.length = 0;
    await app.connect('/rooms?n=1');
    expect(gateway.events).toEqual(['connection /rooms?n=1', 'handleConnection /rooms?n=1']);
  });

  it("'headers' may add to the 101", async () => {
    const client = await app.connect('/rooms?n=2');
    expect(client.response.headers['x-served']).toBe('/rooms?n=2');
  });

  it('a heartbeat as the `ws` README has it ends only those that do not answer', async () => {
    const gateway = app.get(RoomsGateway);
    const alive = await connectAlone('/rooms');
    const dead = await app.connect('/rooms', { autoPong: false });
    gateway.beat();
    await alive.nextPing();
    await dead.nextPing();
    await alive.expectSilence();
    gateway.beat();
    expect(await dead.closed()).toEqual({ code: 1006, reason: '' });
    await alive.nextPing();
    await alive.expectSilence();
  });

  it('gateways on other paths have other servers', async () => {
    expect(app.get(ElsewhereGateway).server).not.toBe(app.get(RoomsGateway).server);
    expect(app.get(ElsewhereGateway).later).toEqual({ notAServer: true });
    const client = await app.connect('/elsewhere');
    expect(await client.ask('count')).toBe('1');
  });
});
