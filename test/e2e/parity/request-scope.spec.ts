// Request-scoped gateways and providers: in Nest 12 one instance for each connection, made anew for none of its messages.

import { describe, expect, it } from '@jest/globals';
import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import {
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
} from '@nestjs/websockets';
import { type Observable, concat, of, throwError } from 'rxjs';
import type { Server, WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { Inbox } from '../../support/bounded-wait.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { useApp } from '../../support/nest-app.js';

let created = 0;
const left = new Inbox<string>('a disconnect');

@Injectable({ scope: Scope.REQUEST })
class Visit {
  readonly number = (created += 1);
  name = 'unnamed';

  constructor(@Inject(REQUEST) readonly request: WebSocket) {}
}

@WebSocketGateway({ path: '/scoped-provider' })
class ScopedProviderGateway extends EchoGateway implements OnGatewayConnection, OnGatewayDisconnect {
  @WebSocketServer()
  readonly server!: Server;

  constructor(private readonly visit: Visit) {
    super();
  }

  handleConnection(client: WebSocket, request: { url: string }): void {
    this.visit.name = request.url;
    client.send(JSON.stringify({ connected: this.visit.request === client, url: request.url }));
  }

  handleDisconnect(client: WebSocket, reason: unknown): void {
    left.push(JSON.stringify({ name: this.visit.name, reason, same: this.visit.request === client }));
  }

  @SubscribeMessage('name')
  name(@ConnectedSocket() client: WebSocket): object {
    const { name, request } = this.visit;
    return { name, same: request === client, clients: this.server.clients.has(client) };
  }

  @SubscribeMessage('rename')
  rename(@MessageBody() name: string): void {
    this.visit.name = name;
  }

  @SubscribeMessage('number')
  number(): number {
    return this.visit.number;
  }

  @SubscribeMessage('stream')
  stream(): Observable<unknown> {
    return concat(
      of(this.visit.name),
      throwError(() => new WsException('in mid-stream')),
    );
  }

  @SubscribeMessage('fail')
  fail(): never {
    throw new WsException(`failed for ${this.visit.name}`);
  }
}

@Injectable({ scope: Scope.REQUEST })
class RefusesToBeMade {
  constructor() {
    throw new WsException({ why: 'no instance for you' });
  }
}

@WebSocketGateway({ path: '/unmakeable' })
class UnmakeableGateway implements OnGatewayConnection, OnGatewayDisconnect {
  constructor(readonly never: RefusesToBeMade) {}

  // Nest makes the instance for the hooks even where a gateway has none, and without a hook the failure is an
  // unhandledRejection: with one, it goes to the filters.
  handleConnection(): void {}

  handleDisconnect(): void {}

  @SubscribeMessage('anything')
  anything(): string {
    return 'never said';
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class Counter {
  private count = 0;

  next(): number {
    return (this.count += 1);
  }
}

@WebSocketGateway({ path: '/transient' })
class TransientGateway {
  constructor(private readonly counter: Counter) {}

  @SubscribeMessage('count')
  count(): number {
    return this.counter.next();
  }
}

describe.each(adapters)('request scope over %s', (_name, adapter) => {
  const app = useApp({
    adapter,
    providers: [ScopedProviderGateway, Visit, UnmakeableGateway, RefusesToBeMade, TransientGateway, Counter],
  });

  it('one instance serves all messages of a connection, its hooks included', async () => {
    const client = await app.connect('/scoped-provider?a');
    expect(await client.next()).toBe('{"connected":true,"url":"/scoped-provider?a"}');
    expect(await client.ask('name')).toBe('{"name":"/scoped-provider?a","same":true,"clients":true}');
    client.emit('rename', 'renamed');
    expect(await client.ask('name')).toBe('{"name":"renamed","same":true,"clients":true}');
    client.socket.close(4000);
    let last = await left.next();
    while (!last.includes('4000')) last = await left.next();
    expect(last).toBe('{"name":"renamed","reason":4000,"same":true}');
  });

  it('each connection has its own', async () => {
    const first = await app.connect('/scoped-provider?first');
    const second = await app.connect('/scoped-provider?second');
    await first.next();
    await second.next();
    const firstNumber = Number(await first.ask('number'));
    const secondNumber = Number(await second.ask('number'));
    expect(secondNumber).toBe(firstNumber + 1);
    expect(await first.ask('number')).toBe(`${firstNumber}`);
  });

  it('streams are sent as from any gateway', async () => {
    const client = await app.connect('/scoped-provider?y');
    await client.next();
    client.emit('stream');
    expect(await client.take(2)).toEqual([
      '"/scoped-provider?y"',
      '{"event":"exception","data":{"status":"error","message":"in mid-stream","cause":{"pattern":"stream"}}}',
    ]);
  });

  it('exceptions are sent as from any gateway', async () => {
    const client = await app.connect('/scoped-provider?x');
    await client.next();
    expect(await client.ask('fail', 1)).toBe(
      '{"event":"exception","data":{"status":"error","message":"failed for /scoped-provider?x","cause":{"pattern":"fail","data":1}}}',
    );
  });

  it('a provider that cannot be made is an exception, for the connection and for each message', async () => {
    const client = await app.connect('/unmakeable');
    expect(await client.next()).toBe('{"event":"exception","data":{"why":"no instance for you"}}');
    expect(await client.ask('anything', 1)).toBe('{"event":"exception","data":{"why":"no instance for you"}}');
  });

  it('a transient provider does not make a gateway request-scoped', async () => {
    const first = await app.connect('/transient');
    const second = await app.connect('/transient');
    expect(await first.ask('count')).toBe('1');
    expect(await second.ask('count')).toBe('2');
  });
});
