// Values that come faster than a client takes them: what `@Backpressure()` makes of those of an Observable, and a client that
// says how many it wants (`request n`).

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { from, type Observable, range, Subject } from 'rxjs';
import { Backpressure, type DropDiagnostics, type WireSocket } from '../../lib/index.js';
import { Inbox, until } from '../support/bounded-wait.js';
import type { FrameClient } from '../support/frame-client.js';
import { useWireApp } from '../support/wire-app.js';

const FILLER = 'x'.repeat(64 * 1024);
const BURST = 300;

const served = new Inbox<WireSocket>('a served client');
const told = new Inbox<string>('news of a stream');
let feed = new Subject<unknown>();
let pulled = 0;

/** A feed of its own for each request. */
function feeding(): Observable<unknown> {
  feed = new Subject();
  told.push('fed');
  return feed;
}

@WebSocketGateway()
@Backpressure({ strategy: 'drop-oldest', bufferSize: 3 })
class FedGateway {
  handleConnection(client: WireSocket): void {
    served.push(client);
  }

  @SubscribeMessage('drop-oldest')
  dropOldest(): Observable<unknown> {
    return feeding();
  }

  @SubscribeMessage('latest')
  @Backpressure({ strategy: 'latest' })
  latest(): Observable<unknown> {
    return feeding();
  }

  @SubscribeMessage('drop-newest')
  @Backpressure({ strategy: 'drop-newest', bufferSize: 3 })
  dropNewest(): Observable<unknown> {
    return feeding();
  }

  @SubscribeMessage('error')
  @Backpressure({ strategy: 'error', bufferSize: 3 })
  error(): Observable<unknown> {
    return feeding();
  }

  @SubscribeMessage('close')
  @Backpressure({ strategy: 'close', bufferSize: 3 })
  close(): Observable<unknown> {
    return feeding();
  }

  @SubscribeMessage('burst')
  @Backpressure({ strategy: 'latest' })
  burst(): Observable<string> {
    return from(Array.from({ length: BURST }, (_, i) => `${i} ${'x'.repeat(1024)}`));
  }
}

@WebSocketGateway()
class PlainGateway {
  @SubscribeMessage('undecorated')
  undecorated(): Observable<unknown> {
    return feeding();
  }

  @SubscribeMessage('range')
  range(): Observable<number> {
    return range(1, 5);
  }

  @SubscribeMessage('many')
  many(): Observable<number> {
    return range(1, 2000);
  }

  @SubscribeMessage('iterable')
  async *iterable(): AsyncIterable<number> {
    try {
      for (pulled = 0; pulled < 5;) yield ++pulled;
    } finally {
      told.push('iterable ended');
    }
  }

  @SubscribeMessage('readable')
  readable(): Readable {
    const readable = new Readable({
      objectMode: true,
      highWaterMark: 1,
      read() {
        this.push({ n: ++pulled, FILLER });
      },
      destroy(error, done) {
        told.push('readable destroyed');
        done(error);
      },
    });
    pulled = 0;
    return readable;
  }

  @SubscribeMessage('both')
  both(): Promise<string> {
    return Promise.resolve('one');
  }
}

@WebSocketGateway()
class OtherGateway {
  @SubscribeMessage('both')
  both(): string {
    return 'other';
  }
}

const app = useWireApp({ providers: [FedGateway, PlainGateway, OtherGateway] });

/** A client that does not read, of a feed, and whose socket takes no more: what comes in this turn has to wait. */
async function stalled(message: { event: string; id?: string }): Promise<{ client: FrameClient; server: WireSocket }> {
  while (served.size > 0) await served.next();
  while (told.size > 0) await told.next();
  const client = await app.current.client();
  const server = await served.next();
  client.json(message);
  await told.next();
  // With Nest's pipeline, what a handler returns is subscribed some microtasks later.
  await until(() => feed.observed, 'the feed to be subscribed');
  client.stopReading();
  while (server.takesMore()) feed.next(FILLER);
  return { client, server };
}

function feedNumbers(): void {
  for (let n = 1; n <= 10; n++) feed.next(n);
}

/** What arrives behind the fillers, to the end of the request. */
async function answers(client: FrameClient): Promise<unknown[]> {
  const all: unknown[] = [];
  for (;;) {
    const answer = (await client.nextJson()) as { type: string; data?: unknown; dropped?: number; error?: unknown };
    if (answer.type !== 'next') return [...all, answer];
    if (answer.data !== FILLER) all.push(answer.data);
  }
}

describe('values of an Observable that come while the client is behind', () => {
  it.each<[string, unknown[], number]>([
    ['drop-oldest', [8, 9, 10], 7],
    ['drop-newest', [1, 2, 3], 7],
    ['latest', [10], 9],
  ])('%s: of 1 to 10 it gets %j, and all can see how many were dropped', async (event, kept, dropped) => {
    const drops: DropDiagnostics[] = [];
    const collect = (drop: unknown): unknown => drops.push(drop as DropDiagnostics);
    subscribe('nestwire:drop', collect);
    const { client, server } = await stalled({ event, id: 'a' });
    feedNumbers();
    unsubscribe('nestwire:drop', collect);
    feed.complete();
    client.readAgain();
    expect(await answers(client)).toEqual([...kept, { id: 'a', type: 'complete', dropped }]);
    expect(server.droppedValues).toBe(dropped);
    expect(drops.map((drop) => drop.dropped)).toEqual(Array.from({ length: dropped }, (_, i) => i + 1));
    expect(drops[0]).toEqual({ socket: server._socket, event, id: 'a', dropped: 1 });
  });

  it('are sent as they come once it keeps up again', async () => {
    const { client } = await stalled({ event: 'drop-newest', id: 'a' });
    feedNumbers();
    client.readAgain();
    let answer: unknown;
    do answer = ((await client.nextJson()) as { data: unknown }).data;
    while (answer !== 3);
    for (const value of ['a', 'b', 'c', 'd', 'e']) feed.next(value);
    for (const data of ['a', 'b', 'c', 'd', 'e']) {
      expect(await client.nextJson()).toEqual({ id: 'a', type: 'next', data });
    }
  });

  it('error: the stream ends with SLOW_CLIENT, and its source with it', async () => {
    const { client, server } = await stalled({ event: 'error', id: 'a' });
    feedNumbers();
    expect(feed.observed).toBe(false);
    client.readAgain();
    const [error] = await answers(client);
    expect(error).toMatchObject({ id: 'a', type: 'error', error: { status: 503, code: 'SLOW_CLIENT' } });
    expect(server.droppedValues).toBe(0);
    await client.expectSilence();
  });

  it('error, without an id: an exception says so', async () => {
    const { client } = await stalled({ event: 'error' });
    feedNumbers();
    client.readAgain();
    let answer: unknown;
    do answer = await client.nextJson();
    while (answer === FILLER);
    expect(answer).toMatchObject({ event: 'exception', data: { status: 'error' } });
  });

  it('close: the client is closed with 1008', async () => {
    const { client } = await stalled({ event: 'close', id: 'a' });
    feedNumbers();
    expect(feed.observed).toBe(false);
    client.readAgain();
    expect(await client.nextClose()).toBe(1008);
  });

  it('are nothing any more when the client cancels', async () => {
    const { client } = await stalled({ event: 'drop-newest', id: 'a' });
    feedNumbers();
    client.json({ id: 'a', type: 'cancel' });
    await until(() => !feed.observed, 'the feed to be let go');
    client.readAgain();
    client.json({ id: 'b', event: 'both' });
    let answer: { id: string; data?: unknown };
    do {
      answer = (await client.nextJson()) as typeof answer;
      if (answer.id === 'a') expect(answer.data).toBe(FILLER);
    } while (answer.id !== 'b');
  });

  it('undecorated: they wait in the send buffer, and the client is cut off where that ends', async () => {
    const { client } = await stalled({ event: 'undecorated', id: 'a' });
    for (let i = 0; i < 20; i++) feed.next(FILLER);
    expect(feed.observed).toBe(false);
    client.readAgain();
    await client.ended();
    expect(app.current.logged('warn')).toMatch('limits.maxBufferedBytes');
  });

  it('a burst to a client that reads is not taken for its slowness', async () => {
    const client = await app.current.client();
    client.json({ event: 'burst', id: 'a' });
    const all = await answers(client);
    expect(all).toHaveLength(BURST + 1);
    expect(all.at(-1)).toEqual({ id: 'a', type: 'complete' });
  });
});

describe('a Readable', () => {
  it('is pulled no faster than the client reads, and destroyed when it leaves', async () => {
    while (told.size > 0) await told.next();
    const client = await app.current.client();
    client.stopReading();
    client.json({ event: 'readable', id: 'a' });
    const other = await app.current.client();
    for (let before = 0; pulled > before || before === 0;) {
      before = pulled;
      for (let i = 0; i < 30; i++) await other.roundTrip();
    }
    expect(pulled).toBeLessThan(400);
    client.reset();
    expect(await told.next()).toBe('readable destroyed');
  });
});

describe('request n', () => {
  const next = (data: unknown): unknown => ({ id: 'a', type: 'next', data });
  const COMPLETE = { id: 'a', type: 'complete' };

  it('an iterable is not pulled further than the client wants', async () => {
    while (told.size > 0) await told.next();
    const client = await app.current.client();
    client.json({ id: 'a', event: 'iterable', request: 2 });
    expect([await client.nextJson(), await client.nextJson()]).toEqual([next(1), next(2)]);
    await client.expectSilence();
    expect(pulled).toBe(2);
    client.json({ id: 'a', type: 'request', n: 1 });
    expect(await client.nextJson()).toEqual(next(3));
    await client.expectSilence();
    expect(pulled).toBe(3);
    client.json({ id: 'a', type: 'cancel' });
    expect(await told.next()).toBe('iterable ended');
    await client.expectSilence();
  });

  it('the values of an Observable wait, and complete comes behind them', async () => {
    const client = await app.current.client();
    client.json({ id: 'a', event: 'range', request: 3 });
    for (const n of [1, 2, 3]) expect(await client.nextJson()).toEqual(next(n));
    await client.expectSilence();
    client.json({ id: 'a', type: 'request', n: 1 });
    expect(await client.nextJson()).toEqual(next(4));
    await client.expectSilence();
    client.json({ id: 'a', type: 'request', n: 7 });
    expect(await client.nextJson()).toEqual(next(5));
    expect(await client.nextJson()).toEqual(COMPLETE);
    await client.expectSilence();
  });

  it('complete needs no credit', async () => {
    const client = await app.current.client();
    client.json({ id: 'a', event: 'range', request: 5 });
    for (const n of [1, 2, 3, 4, 5]) expect(await client.nextJson()).toEqual(next(n));
    expect(await client.nextJson()).toEqual(COMPLETE);
  });

  it('at most 1024 values wait where the handler says nothing of it', async () => {
    const client = await app.current.client();
    client.json({ id: 'a', event: 'many', request: 1 });
    expect(await client.nextJson()).toEqual(next(1));
    expect(await client.nextJson()).toMatchObject({ type: 'error', error: { status: 503, code: 'SLOW_CLIENT' } });
    client.json({ id: 'a', event: 'many', request: 976 });
    client.json({ id: 'a', type: 'request', n: 1024 });
    expect((await answers(client)).length).toBe(2001);
  });

  it('holds for the handlers of several gateways together', async () => {
    const client = await app.current.client();
    client.json({ id: 'a', event: 'both', request: 1 });
    expect(await client.nextJson()).toEqual(next('other'));
    await client.expectSilence();
    client.json({ id: 'a', type: 'request', n: 1 });
    expect([await client.nextJson(), await client.nextJson()]).toEqual([next('one'), COMPLETE]);
  });

  it.each([0, -1, 1.5, '3', null, 2 ** 53])('%p is not a number of values', async (n) => {
    const client = await app.current.client();
    const refusal = { id: 'a', type: 'error', error: { status: 400, code: 'BAD_REQUEST' } };
    expect(await client.ask({ id: 'a', event: 'range', request: n })).toMatchObject(refusal);
    await client.expectSilence();
    expect(await client.ask({ id: 'a', event: 'range', request: 1 })).toEqual(next(1));
    expect(await client.ask({ id: 'a', type: 'request', n })).toMatchObject(refusal);
    expect(await client.ask({ id: 'a', event: 'range', request: 1 })).toEqual(next(1));
  });

  it('more for what has ended, or wants everything, changes nothing', async () => {
    const client = await app.current.client();
    client.json({ id: 'a', type: 'request', n: 1 });
    await client.expectSilence();
    client.json({ id: 'a', event: 'undecorated' });
    client.json({ id: 'a', type: 'request', n: 1 });
    await client.roundTrip();
    await until(() => feed.observed, 'the feed to be subscribed');
    for (const n of [1, 2, 3]) feed.next(n);
    for (const n of [1, 2, 3]) expect(await client.nextJson()).toEqual(next(n));
  });
});
