// Two applications in one process with the same gateway classes: one over platform-ws (with Nest 11, whose platform-ws keeps
// exceptions to itself, over ours in its manner), one over the adapter under test.

import { describe, expect, it } from '@jest/globals';
import { Injectable, UseFilters } from '@nestjs/common';
import {
  BaseWsExceptionFilter,
  MessageBody,
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
  WsException,
} from '@nestjs/websockets';
import { type Observable, map, of } from 'rxjs';
import type { Server, WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { useApp } from '../../support/nest-app.js';

@Injectable()
class Counter {
  private count = 0;

  next(): number {
    return (this.count += 1);
  }
}

@UseFilters(new BaseWsExceptionFilter())
@WebSocketGateway({ path: '/both' })
class BothGateway extends EchoGateway implements OnGatewayConnection {
  @WebSocketServer()
  readonly server!: Server;

  constructor(private readonly counter: Counter) {
    super();
  }

  handleConnection(client: WebSocket): void {
    client.send(`number ${this.counter.next()}`);
  }

  @SubscribeMessage('shout')
  shout(@MessageBody('word') word: string): Observable<object> {
    if (word === 'no') throw new WsException('not this one');
    return of('a', 'b').pipe(map((letter) => ({ event: letter, data: word.toUpperCase() })));
  }

  @SubscribeMessage('broadcast')
  broadcast(@MessageBody() data: string): void {
    for (const client of this.server.clients) client.send(data);
  }
}

describe.each(adapters)('two apps in one process, the other one over %s', (_name, adapter) => {
  const first = adapters[0]?.[1] ?? adapter;
  const one = useApp({ adapter: first, providers: [BothGateway, Counter] });
  const other = useApp({ adapter, providers: [BothGateway, Counter], http: 'fastify' });

  it('answer alike and know nothing of each other', async () => {
    const clients = [await one.connect('/both'), await other.connect('/both')];
    for (const client of clients) {
      expect(await client.next()).toBe('number 1');
      client.emit('shout', { word: 'hi' });
      expect(await client.take(2)).toEqual(['{"event":"a","data":"HI"}', '{"event":"b","data":"HI"}']);
      expect(await client.ask('shout', { word: 'no' })).toBe(
        '{"event":"exception","data":{"status":"error","message":"not this one","cause":{"pattern":"shout","data":{"word":"no"}}}}',
      );
    }
    for (const [index, client] of clients.entries()) expect(await client.ask('broadcast', `${index}`)).toBe(`${index}`);
    for (const client of clients) await client.expectSilence();
    expect(one.get(BothGateway).server).not.toBe(other.get(BothGateway).server);
  });
});
