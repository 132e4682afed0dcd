// Order where it is asked for, and none where it is not: @Ordered() on a handler and on a gateway, by every way to answer.

import { describe, expect, it } from '@jest/globals';
import { Injectable, Scope, UseInterceptors, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { type Observable, Subject } from 'rxjs';
import { OnText, Ordered } from '../../lib/index.js';
import { Inbox } from '../support/bounded-wait.js';
import { startWireApp, useWireApp } from '../support/wire-app.js';

/** A handler at work, for the test to end. */
interface Work {
  readonly data: unknown;
  end(value?: unknown): void;
  fail(error: unknown): void;
}

const begun = new Inbox<Work>('a handler that begins');

function work(data: unknown): Promise<unknown> {
  return new Promise((end, fail) => begun.push({ data, end, fail }));
}

class PassOn implements NestInterceptor {
  intercept(_context: ExecutionContext, next: { handle(): Observable<unknown> }): Observable<unknown> {
    return next.handle();
  }
}

@WebSocketGateway({ path: '/handlers' })
class HandlersGateway {
  readonly subject = new Subject<unknown>();
  readonly left = new Inbox<number>('a disconnect');

  handleDisconnect(_client: unknown, code: number): void {
    this.left.push(code);
  }

  @Ordered()
  @SubscribeMessage('one')
  one(@MessageBody() data: unknown): Promise<unknown> {
    return work(data);
  }

  @Ordered()
  @SubscribeMessage('other')
  other(@MessageBody() data: unknown): Promise<unknown> {
    return work(data);
  }

  @Ordered()
  @SubscribeMessage('stream')
  stream(): Observable<unknown> {
    return this.subject;
  }

  @Ordered()
  @SubscribeMessage('rows')
  async *rows(): AsyncGenerator {
    yield await work('first row');
    yield 'last row';
  }

  @Ordered()
  @SubscribeMessage('at once')
  atOnce(@MessageBody() data: unknown): unknown {
    if (data === 'throw') throw new Error('secret');
    return data;
  }

  @SubscribeMessage('free')
  free(@MessageBody() data: unknown): unknown {
    return data;
  }
}

@Ordered()
@WebSocketGateway({ path: '/gateway' })
class OrderedGateway {
  @SubscribeMessage('slow')
  slow(@MessageBody() data: unknown): Promise<unknown> {
    return work(data);
  }

  @UseInterceptors(PassOn)
  @SubscribeMessage('intercepted')
  intercepted(@MessageBody() data: unknown): unknown {
    return data;
  }

  @OnText()
  text(@MessageBody() text: string): string {
    return text;
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerClient {}

@Ordered()
@WebSocketGateway({ path: '/scoped' })
class ScopedGateway extends OrderedGateway {
  constructor(readonly perClient: PerClient) {
    super();
  }
}

describe('@Ordered()', () => {
  const app = useWireApp({ providers: [HandlersGateway, OrderedGateway, PerClient, ScopedGateway, PassOn] });

  it('on handlers: the next begins when the one before has answered, whichever of them it is for', async () => {
    const client = await app.current.client('/handlers');
    client.json({ event: 'one', data: 1 });
    client.json({ event: 'other', data: 2 });
    client.json({ event: 'one', data: 3 });
    const first = await begun.next();
    await client.expectSilence();
    expect([first.data, begun.size]).toEqual([1, 0]);
    first.end('a');
    expect(await client.nextJson()).toBe('a');
    const second = await begun.next();
    expect(second.data).toBe(2);
    second.end('b');
    (await begun.next()).end('c');
    expect([await client.nextJson(), await client.nextJson()]).toEqual(['b', 'c']);
  });

  it('others do not wait', async () => {
    const client = await app.current.client('/handlers');
    client.json({ event: 'one' });
    expect(await client.ask({ event: 'free', data: 1 })).toBe(1);
    (await begun.next()).end();
  });

  it('clients do not wait for each other', async () => {
    const [client, neighbour] = [await app.current.client('/handlers'), await app.current.client('/handlers')];
    client.json({ event: 'one' });
    const slow = await begun.next();
    expect(await neighbour.ask({ event: 'at once', data: 1 })).toBe(1);
    slow.end();
  });

  it('a stream is waited for to its end', async () => {
    const { subject } = app.current.get(HandlersGateway);
    const client = await app.current.client('/handlers');
    client.json({ event: 'stream' });
    client.json({ event: 'at once', data: 'behind' });
    await client.roundTrip();
    subject.next('a');
    expect(await client.nextJson()).toBe('a');
    await client.expectSilence();
    subject.complete();
    expect(await client.nextJson()).toBe('behind');
  });

  it('an async iterable is waited for to its end', async () => {
    const client = await app.current.client('/handlers');
    client.json({ event: 'rows' });
    client.json({ event: 'at once', data: 'behind' });
    (await begun.next()).end('row');
    expect([await client.nextJson(), await client.nextJson(), await client.nextJson()]).toEqual([
      'row',
      'last row',
      'behind',
    ]);
  });

  it('an error is an answer too, thrown at once or later', async () => {
    const client = await app.current.client('/handlers');
    client.json({ id: 1, event: 'one' });
    client.json({ id: 2, event: 'at once', data: 'throw' });
    client.json({ id: 3, event: 'at once', data: 'behind' });
    (await begun.next()).fail(new Error('secret'));
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push(await client.nextJson());
    expect(ids).toMatchObject([
      { id: 1, type: 'error' },
      { id: 2, type: 'error' },
      { id: 3, type: 'next', data: 'behind' },
    ]);
  });

  it('a request that is cancelled while it waits never begins', async () => {
    const client = await app.current.client('/handlers');
    client.json({ id: 1, event: 'one', data: 'runs' });
    client.json({ id: 2, event: 'one', data: 'cancelled' });
    client.json({ id: 3, event: 'at once', data: 'behind' });
    const first = await begun.next();
    client.json({ id: 2, type: 'cancel' });
    await client.roundTrip();
    first.end('a');
    const messages = [];
    for (let i = 0; i < 4; i++) messages.push(await client.nextJson());
    expect(messages).toMatchObject([{ id: 1 }, { id: 1 }, { id: 3, data: 'behind' }, { id: 3 }]);
    expect(begun.size).toBe(0);
  });

  it.each(['/gateway', '/scoped'])(
    'on the gateway at %s: every handler of it, raw ones and intercepted ones',
    async (path) => {
      const client = await app.current.client(path);
      client.json({ event: 'slow', data: 1 });
      client.json({ event: 'intercepted', data: 2 });
      client.text('three');
      client.json({ event: 'slow', data: 4 });
      const first = await begun.next();
      await client.expectSilence();
      first.end(1);
      expect([await client.nextText(), await client.nextText(), await client.nextText()]).toEqual(['1', '2', 'three']);
      (await begun.next()).end(4);
      expect(await client.nextText()).toBe('4');
    },
  );

  it('many that answer at once do not pile up calls', async () => {
    const client = await app.current.client('/handlers');
    for (let data = 0; data < 5000; data++) client.json({ event: 'at once', data });
    for (let data = 0; data < 5000; data++) expect(await client.nextJson()).toBe(data);
  });
});

describe('@Ordered() without a limit', () => {
  const app = useWireApp({ providers: [HandlersGateway], options: { limits: { maxMessagesInWork: 0 } } });

  it('many that wait for one and answer at once do not pile up calls either', async () => {
    const client = await app.current.client('/handlers');
    client.json({ event: 'one' });
    for (let data = 0; data < 20_000; data++) client.json({ event: 'at once', data });
    const first = await begun.next();
    await client.roundTrip();
    first.end('first');
    expect(await client.nextJson()).toBe('first');
    for (let data = 0; data < 20_000; data++) expect(await client.nextJson()).toBe(data);
  });
});

describe('limits.maxMessagesInWork', () => {
  const app = useWireApp({
    providers: [HandlersGateway],
    options: { limits: { maxMessagesInWork: 3 } },
  });

  it('lets messages wait when so many are at work, and goes on when one has answered, with nothing lost', async () => {
    const client = await app.current.client('/handlers');
    for (let data = 0; data < 7; data++) client.json({ event: data % 2 === 0 ? 'one' : 'free', data });
    // Handlers of `one` wait for each other, and so fill what may be at work.
    const answers = [await client.nextJson(), await client.nextJson()];
    expect(answers).toEqual([1, 3]);
    const first = await begun.next();
    client.json({ event: 'free', data: 'unread' });
    first.end('0');
    expect([await client.nextJson(), await client.nextJson()]).toEqual(['0', 5]);
    (await begun.next()).end('2');
    (await begun.next()).end('4');
    (await begun.next()).end('6');
    const rest = [];
    for (let i = 0; i < 4; i++) rest.push(await client.nextJson());
    expect(new Set(rest)).toEqual(new Set(['2', '4', '6', 'unread']));
  });

  it('pings are answered meanwhile, and a client that leaves is seen', async () => {
    const { left } = app.current.get(HandlersGateway);
    const client = await app.current.client('/handlers');
    for (let data = 0; data < 10; data++) client.json({ event: 'one', data });
    const first = await begun.next();
    await client.roundTrip();
    client.close(1000);
    await client.ended();
    await left.next();
    first.end();
    // Messages without an id that came before the Close are handled.
    for (let data = 1; data < 10; data++) (await begun.next()).end();
  });

  it('a drain answers what waits', async () => {
    const own = await startWireApp({ providers: [HandlersGateway], options: { limits: { maxMessagesInWork: 1 } } });
    const client = await own.client('/handlers');
    client.json({ event: 'one' });
    client.json({ event: 'free', data: 'waited' });
    const first = await begun.next();
    await client.roundTrip();
    const closed = own.app.close();
    await client.roundTrip();
    first.end('first');
    expect([await client.nextJson(), await client.nextJson()]).toEqual(['first', 'waited']);
    expect(await client.nextClose()).toBe(1001);
    client.close(1001);
    await closed;
  });

  it('far more than may wait stops reading, and nothing is lost', async () => {
    const client = await app.current.client('/handlers');
    for (let data = 0; data < 3; data++) client.json({ event: 'one', data });
    const padding = 'x'.repeat(200);
    for (let data = 0; data < 2000; data++) client.json({ event: 'free', data: { data, padding } });
    for (let i = 0; i < 3; i++) (await begun.next()).end();
    for (let data = 0; data < 2000; data++) expect(await client.nextJson()).toEqual({ data, padding });
  });

  it('requests with an id are not held back: they can be cancelled', async () => {
    const client = await app.current.client('/handlers');
    for (let id = 0; id < 6; id++) client.json({ id, event: 'one' });
    client.json({ id: 0, type: 'cancel' });
    expect(await client.ask({ event: 'free', data: 'read' })).toBe('read');
    (await begun.next()).end();
  });
});
