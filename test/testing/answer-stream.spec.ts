// What a spec learns of a stream while it runs: how much it has asked for, what waits, what was dropped.

import { beforeEach, describe, expect, it } from '@jest/globals';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { type Observable, range, Subject } from 'rxjs';
import { Backpressure } from '../../lib/index.js';
import type { TestClient } from '../../lib/testing/index.js';
import { until } from '../support/bounded-wait.js';
import { useKitApp } from '../support/kit-app.js';

@WebSocketGateway()
class CountGateway {
  pulled = 0;
  feed = new Subject<number>();

  @SubscribeMessage('count')
  async *count(): AsyncIterable<number> {
    for (this.pulled = 0; this.pulled < 5;) yield ++this.pulled;
  }

  @SubscribeMessage('range')
  range(): Observable<number> {
    return range(1, 3);
  }

  @SubscribeMessage('ticks')
  @Backpressure({ strategy: 'drop-oldest', bufferSize: 2 })
  ticks(): Observable<number> {
    return (this.feed = new Subject());
  }
}

const app = useKitApp({ providers: [CountGateway] });
let gateway: CountGateway;
let client: TestClient;

beforeEach(async () => {
  gateway = app.current.get(CountGateway);
  client = await app.current.connect();
});

describe('a number of values', () => {
  it('is asked for, and more of them by request(n)', async () => {
    const values = client.stream('count', undefined, { request: 2 });
    await client.roundTrip();
    expect(values.waiting).toEqual([1, 2]);
    expect(gateway.pulled).toBe(2);
    expect([await values.next(), await values.next()].map(({ value }) => value)).toEqual([1, 2]);

    values.request(1);
    await client.roundTrip();
    expect(values.waiting).toEqual([3]);
    values.request(10);
    const rest: unknown[] = [];
    for await (const value of values) rest.push(value);
    expect(rest).toEqual([3, 4, 5]);
    values.request(1);
    await client.roundTrip();
    expect(client.waiting).toEqual([]);
  });

  it('holds back the values of an Observable too, and its end behind them', async () => {
    const values = client.stream('range', undefined, { request: 2 });
    await client.roundTrip();
    expect(values.waiting).toEqual([1, 2]);
    values.request(1);
    const all: unknown[] = [];
    for await (const value of values) all.push(value);
    expect(all).toEqual([1, 2, 3]);
  });

  it('that has come: who waits on without asking for more is told so', async () => {
    const soon = await app.current.connect('/', { timeoutMs: 400 });
    const values = soon.stream('count', undefined, { request: 1 });
    await values.next();
    await expect(values.next()).rejects.toThrow(
      'expected an answer to "count" (all that were asked for have come: request(n) asks for more), but none came within',
    );
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53])('is not %p', (n) => {
    const complaint = `a number of values is an integer from 1, not ${n}`;
    expect(() => client.stream('count', undefined, { request: n })).toThrow(complaint);
    const values = client.stream('count', undefined, { request: 1 });
    expect(() => values.request(n)).toThrow(complaint);
  });

  it('is not asked of a stream that brings all of them', () => {
    expect(() => client.stream('count').request(1)).toThrow(
      'all values come: begin with stream("count", data, { request: n })',
    );
  });
});

it('dropped says how many values were dropped, once the stream has ended', async () => {
  const values = client.stream('ticks', undefined, { request: 1 });
  await until(() => gateway.feed.observed, 'the stream to begin');
  for (let n = 1; n <= 6; n++) gateway.feed.next(n);
  gateway.feed.complete();
  expect(values.dropped).toBe(0);
  values.request(2);
  const all: unknown[] = [];
  for await (const value of values) all.push(value);
  expect(all).toEqual([1, 5, 6]);
  expect(values.dropped).toBe(3);
});
