// The end of streams that nobody wants any more, and the pace of those that a client reads too slowly.

import { describe, expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { NEVER, Observable } from 'rxjs';
import type { WireSocket } from '../../../lib/index.js';
import { Inbox } from '../../support/bounded-wait.js';
import type { FrameClient } from '../../support/frame-client.js';
import { startWireApp, useWireApp } from '../../support/wire-app.js';

/** What happened to the streams, in order. */
const told = new Inbox<string>('news of a stream');
const gates = new Inbox<() => void>('a handler that waits');
const served = new Inbox<WireSocket>('a served client');

const ITEM = 'x'.repeat(64 * 1024);
const ITEMS = 600;
let pulled = 0;

@WebSocketGateway()
class EndlessGateway {
  handleConnection(client: WireSocket): void {
    served.push(client);
  }

  @SubscribeMessage('observable')
  observable(): Observable<unknown> {
    return new Observable((subscriber) => {
      subscriber.next('begun');
      return () => told.push('observable torn down');
    });
  }

  @SubscribeMessage('iterable')
  async *iterable(): AsyncIterable<unknown> {
    try {
      yield 'begun';
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        yield undefined;
      }
    } finally {
      told.push('iterable returned');
    }
  }

  /** It waits in the middle for what never comes, so that only the call of `return` can be seen. */
  @SubscribeMessage('waiting iterable')
  waitingIterable(): AsyncIterable<unknown> {
    const values = ['begun'];
    return {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          values.length > 0 ? Promise.resolve({ done: false, value: values.pop() }) : new Promise(() => undefined),
        return: () => {
          told.push('waiting iterable returned');
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
  }

  @SubscribeMessage('late')
  async late(@MessageBody() kind: string): Promise<unknown> {
    await new Promise<void>((resolve) => gates.push(resolve));
    if (kind === 'value') return 'too late';
    if (kind === 'observable') {
      return new Observable(() => {
        told.push('late observable subscribed');
      });
    }
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          told.push('late iterable pulled');
          return Promise.resolve({ done: true, value: undefined });
        },
        return: () => {
          told.push('late iterable returned');
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
  }

  @SubscribeMessage('items')
  async *items(): AsyncIterable<string> {
    try {
      for (pulled = 0; pulled < ITEMS; pulled++) yield ITEM;
    } finally {
      told.push('items ended');
    }
  }

  @SubscribeMessage('many')
  many(): AsyncIterable<string> {
    return { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: false, value: ITEM }) }) };
  }

  @SubscribeMessage('never')
  never(): Observable<never> {
    return NEVER;
  }

  @SubscribeMessage('close')
  close(@ConnectedSocket() client: WireSocket): void {
    client.close(4000);
  }

  @SubscribeMessage('terminate')
  terminate(@ConnectedSocket() client: WireSocket): void {
    client.terminate();
  }
}

const providers = [EndlessGateway];
const kinds = ['observable', 'iterable', 'waiting iterable'];
const ends: Record<string, string> = {
  observable: 'observable torn down',
  iterable: 'iterable returned',
  'waiting iterable': 'waiting iterable returned',
};

describe.each(kinds)('a stream that is not over (%s)', (event) => {
  const app = useWireApp({ providers });

  const leavings: [string, (client: FrameClient) => void][] = [
    ['the client closes', (client) => client.close(1000)],
    ['the client vanishes', (client) => client.drop()],
    ['the client resets the connection', (client) => client.reset()],
    ['the client ends its side only', (client) => client.socket.end()],
    ['the client breaks a rule', (client) => client.write(Buffer.from([0xff, 0xff]))],
    ['the server closes', (client) => client.json({ event: 'close' })],
    ['the server terminates', (client) => client.json({ event: 'terminate' })],
  ];

  it.each(leavings)('ends once when %s', async (_, leave) => {
    const client = await app.current.client();
    client.json({ event });
    expect(await client.nextJson()).toBe('begun');
    leave(client);
    expect(await told.next()).toBe(ends[event]);
    client.drop();
    await client.ended();
    const other = await app.current.client();
    await other.roundTrip();
    expect(told.size).toBe(0);
  });

  it('ends, also as a request with an id, when the client leaves or cancels', async () => {
    const client = await app.current.client();
    client.json({ event, id: 1 });
    client.json({ event, id: 2 });
    for (const id of [1, 2]) expect(await client.nextJson()).toEqual({ id, type: 'next', data: 'begun' });
    client.json({ id: 2, type: 'cancel' });
    expect(await told.next()).toBe(ends[event]);
    client.drop();
    expect(await told.next()).toBe(ends[event]);
  });

  it('ends when the application closes', async () => {
    const ending = await startWireApp({ providers, options: { drain: { timeoutMs: 100 } } });
    const client = await ending.client();
    client.json({ event });
    await client.nextJson();
    const closed = ending.app.close();
    expect(await told.next()).toBe(ends[event]);
    client.close(1001);
    await closed;
  });
});

describe('what becomes ready after the client left', () => {
  const app = useWireApp({ providers });

  it.each([
    ['value', []],
    ['observable', []],
    ['iterable', ['late iterable returned']],
  ])('a late %s is never begun', async (kind, expected) => {
    while (served.size > 0) await served.next();
    const client = await app.current.client();
    const server = await served.next();
    const left = new Promise((resolve) => server.once('close', resolve));
    client.json({ event: 'late', data: kind });
    const open = await gates.next();
    client.drop();
    await left;
    open();
    const other = await app.current.client();
    await other.roundTrip();
    for (const line of expected) expect(await told.next()).toBe(line);
    expect(told.size).toBe(0);
  });
});

describe('a client that stops reading', () => {
  const app = useWireApp({ providers });

  /** Lets the server do whatever it still does, until `value` stays as it is. */
  async function steady(value: () => number): Promise<number> {
    const other = await app.current.client();
    for (;;) {
      const before = value();
      for (let i = 0; i < 30; i++) await other.roundTrip();
      if (value() === before) return before;
    }
  }

  it('is not sent more than it takes: nothing is pulled ahead of the socket', async () => {
    while (served.size > 0) await served.next();
    const client = await app.current.client();
    const server = await served.next();
    client.stopReading();
    client.json({ event: 'items' });
    const held = await steady(() => pulled);
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(ITEMS);
    expect(server.bufferedAmount).toBeLessThan(3 * ITEM.length);
    client.readAgain();
    for (let i = 0; i < ITEMS; i++) expect((await client.nextFrame()).payload).toHaveLength(ITEM.length + 2);
    expect(await told.next()).toBe('items ended');
    expect(pulled).toBe(ITEMS);
    await client.expectSilence();
  });

  it('and leaves: the iterable is returned where it stands', async () => {
    const client = await app.current.client();
    client.stopReading();
    client.json({ event: 'items' });
    const held = await steady(() => pulled);
    client.reset();
    expect(await told.next()).toBe('items ended');
    expect(pulled).toBe(held);
  });

  it('has one pair of listeners on its socket, however many streams wait for it', async () => {
    while (served.size > 0) await served.next();
    const client = await app.current.client();
    const server = await served.next();
    const before = server.listenerCount('close');
    client.stopReading();
    for (let i = 0; i < 40; i++) client.json({ event: 'many' });
    await steady(() => server.bufferedAmount);
    expect(server.listenerCount('drain')).toBe(1);
    expect(server.listenerCount('close')).toBe(before + 1);
    expect(server.bufferedAmount).toBeLessThan(3 * ITEM.length);
    client.reset();
  });

  it('is not cut off because many streams have something for it at once', async () => {
    while (served.size > 0) await served.next();
    const client = await app.current.client();
    const server = await served.next();
    client.stopReading();
    for (let i = 0; i < 40; i++) client.json({ id: i, event: 'many' });
    await steady(() => server.bufferedAmount);
    expect(server.readyState).toBe(1);
    client.readAgain();
    const seen = new Map<unknown, number>();
    while (seen.size < 40 || Math.min(...seen.values()) < 3) {
      const { id } = JSON.parse((await client.nextFrame()).payload.toString()) as { id: unknown };
      seen.set(id, (seen.get(id) ?? 0) + 1);
    }
    // And each gets its turn.
    expect(Math.max(...seen.values())).toBeLessThan(30);
    client.reset();
  });
});
