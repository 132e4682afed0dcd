// The stream of the live board that is too fast, for a client that asks for one value and then for no more; and the list of
// what runs.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { connectTo, RequestFailedError, type TestClient } from 'nestwire/testing';
import { INTERVAL_MS, RUN_LENGTH } from '../../sample/live-board/overflow/feed.js';
import { startLiveBoard } from './live-board-app.js';

let app: INestApplication;
let client: TestClient;

beforeAll(async () => {
  app = await startLiveBoard();
});

beforeEach(async () => {
  client = await connectTo(app, { path: '/live' });
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
});

afterEach(async () => {
  jest.useRealTimers();
  await client.close();
});

afterAll(() => app.close());

async function produce(values: number): Promise<void> {
  jest.advanceTimersByTime(values * INTERVAL_MS);
  await client.roundTrip();
}

describe('the fast stream', () => {
  it.each<[string, number[], number]>([
    ['drop-oldest', [1, 593, 594, 595, 596, 597, 598, 599, 600], 591],
    ['drop-newest', [1, 2, 3, 4, 5, 6, 7, 8, 9], 591],
    ['latest', [1, 600], 598],
  ])('%s: of 600 values a client that asks late gets %j', async (strategy, expected, dropped) => {
    const reports = client.stream('overflow.reports');
    const ticks = client.stream(`overflow.${strategy}`, undefined, { request: 1 });
    await client.roundTrip();
    await produce(RUN_LENGTH);
    expect(ticks.waiting).toEqual([{ n: 1 }]);
    expect(reports.waiting).toHaveLength(RUN_LENGTH);
    expect(reports.waiting.at(-1)).toEqual({ n: RUN_LENGTH, dropped });

    ticks.request(RUN_LENGTH);
    const values: unknown[] = [];
    for await (const value of ticks) values.push(value);
    expect(values).toEqual(expected.map((n) => ({ n })));
    expect(ticks.dropped).toBe(dropped);
  });

  it('error: ends when the buffer is full', async () => {
    const reports = client.stream('overflow.reports');
    const ticks = client.stream('overflow.error', undefined, { request: 1 });
    await client.roundTrip();
    await produce(RUN_LENGTH);
    expect(await ticks.next()).toEqual({ done: false, value: { n: 1 } });
    const failed = ticks.next();
    await expect(failed).rejects.toBeInstanceOf(RequestFailedError);
    await expect(failed).rejects.toMatchObject({ body: { status: 503, code: 'SLOW_CLIENT' } });
    // One on its way, eight that waited, and the one that was too many: then nothing was produced any more.
    expect(reports.waiting).toHaveLength(10);
  });

  it('drops nothing for a client that takes all', async () => {
    const ticks = client.stream('overflow.latest');
    await client.roundTrip();
    for (let i = 0; i < 3; i++) await produce(RUN_LENGTH / 3);
    const values: unknown[] = [];
    for await (const value of ticks) values.push(value);
    expect(values).toHaveLength(RUN_LENGTH);
    expect(ticks.dropped).toBe(0);
  });

  it('is one at a time for each client, and another when it was cancelled', async () => {
    const first = client.stream('overflow.latest');
    await client.roundTrip();
    const refused = client.stream('overflow.error').next();
    await expect(refused).rejects.toMatchObject({ body: { status: 409, code: 'FEED_RUNNING' } });
    await first.return();
    const second = client.stream('overflow.error');
    await client.roundTrip();
    await produce(1);
    expect(await second.next()).toEqual({ done: false, value: { n: 1 } });
  });
});

describe('the list of what runs', () => {
  const AUDIT_MS = 100;

  async function listed(list: AsyncIterator<unknown>): Promise<unknown> {
    await client.roundTrip();
    jest.advanceTimersByTime(AUDIT_MS);
    return (await list.next()).value;
  }

  it('has a stream until the server has let go of it, and only those of this client', async () => {
    const other = await connectTo(app, { path: '/live' });
    other.stream('figures.cpu');
    const list = client.stream('streams.running');
    expect(await listed(list)).toEqual(['streams.running']);
    const [memory, chat] = [client.stream('figures.memory'), client.stream('chat.attendance')];
    expect(await listed(list)).toEqual(['chat.attendance', 'figures.memory', 'streams.running']);
    await memory.return();
    expect(await listed(list)).toEqual(['chat.attendance', 'streams.running']);
    await chat.return();
    expect(await listed(list)).toEqual(['streams.running']);
    await other.close();
  });
});
