// A topic in a real Redis: what of it lives how long.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisTopics } from '../../../../lib/topic/brokers/redis/redis-topics.js';
import { ServerClock } from '../../../../lib/topic/brokers/redis/server-clock.js';
import { encodeMessage } from '../../../../lib/topic/topic-message.js';
import { describeWithRedis, RedisServer } from '../../../support/redis-server.js';

const TEN_MINUTES = 600_000;
const TEXT = encodeMessage({ body: '{"event":"told"}' });

describeWithRedis('RedisTopics', () => {
  const clock = new ServerClock();
  const one = { identity: 'one' };
  let server: RedisServer;
  let client: Redis;
  beforeAll(async () => {
    server = await RedisServer.begin();
    client = new Redis(server.url);
    await clock.measure(client);
  });
  afterAll(async () => {
    client.disconnect();
    await server.end();
  });

  const topicsOf = (maxAgeMs: number, maxMessages = 3): RedisTopics =>
    new RedisTopics('test', { maxMessages, maxAgeMs }, clock);
  const publish = (topics: RedisTopics, topic: string, server = one) =>
    topics.publish(client, server, topic, TEXT, performance.now() + 5_000);

  it('keeps a log for as long as it is of use, and the state for longer', async () => {
    await publish(topicsOf(60_000), 'a');
    expect(await client.pttl('test:{t-a}:log')).toBeLessThanOrEqual(60_000);
    expect(await client.pttl('test:{t-a}:state')).toBeGreaterThan(TEN_MINUTES - 60_000);
    await publish(topicsOf(2 * TEN_MINUTES), 'b');
    expect(await client.pttl('test:{t-b}:state')).toBeGreaterThan(TEN_MINUTES);
  });

  it('keeps so many messages and no more', async () => {
    for (let i = 0; i < 10; i++) await publish(topicsOf(60_000), 'c');
    expect(await client.xlen('test:{t-c}:log')).toBe(3);
  });

  it('throws away what is too old while the topic goes on', async () => {
    const age = 1_000;
    await publish(topicsOf(60_000), 'd');
    const [[id]] = (await client.xrange('test:{t-d}:log', '-', '+')) as [[string, string[]]];
    while (Number((await client.time())[0]) * 1_000 <= Number.parseInt(id, 10) + age);
    await publish(topicsOf(age), 'd');
    const left = await client.xrange('test:{t-d}:log', '-', '+');
    expect(left.map(([id]) => id.split('-')[1])).toEqual(['2']);
  });

  it('keeps the numbering of topics that it is told to, however many', async () => {
    const names = Array.from({ length: 1_200 }, (_, i) => `e${i}`);
    const topics = topicsOf(60_000);
    for (const name of names) await topics.position(client, one, name);
    for (const name of names) await client.pexpire(`test:{t-${name}}:state`, 100_000);
    await topics.touch(client, [...names, 'never seen']);
    for (const name of names) expect(await client.pttl(`test:{t-${name}}:state`)).toBeGreaterThan(100_000);
    expect(await client.exists('test:{t-never seen}:state')).toBe(0);
    expect(topics.touchIntervalMs).toBeLessThan(TEN_MINUTES / 2);
  });

  it('has one epoch for all who ask at a time about a topic that is not there yet', async () => {
    const asked = Array.from({ length: 20 }, () => topicsOf(60_000).position(client, one, 'f'));
    expect(new Set((await Promise.all(asked)).map(({ epoch }) => epoch)).size).toBe(1);
  });

  it('begins an epoch for each server that has written, and none twice', async () => {
    const topics = topicsOf(60_000);
    const positions = [];
    for (const identity of ['one', 'two', 'one', 'two']) positions.push(await publish(topics, 'g', { identity }));
    expect(positions.map(({ offset }) => offset)).toEqual([1, 1, 1, 1]);
    expect(new Set(positions.map(({ epoch }) => epoch)).size).toBe(4);
    expect(await topics.since(client, one, 'g', positions[0]!)).toMatchObject({ entries: [], isComplete: false });
  });

  describe('refuses what comes after its deadline', () => {
    it('by the clock of the server', async () => {
      await clock.measure(client);
      const late = topicsOf(60_000).publish(client, one, 'h', TEXT, performance.now() - 1_000);
      await expect(late).rejects.toMatchObject({ name: 'BrokerUnavailableError', mayBePublished: false });
      const lateWithout = topicsOf(60_000).send(client, 'h', TEXT, performance.now() - 1_000);
      await expect(lateWithout).rejects.toMatchObject({ name: 'BrokerUnavailableError', mayBePublished: false });
      expect(await client.exists('test:{t-h}:state')).toBe(0);
    });

    it('and not what only seems to, when a clock was set', async () => {
      // Never measured: it thinks that it is 1970 there.
      const topics = new RedisTopics('test', { maxMessages: 3, maxAgeMs: 60_000 }, new ServerClock());
      expect(await publish(topics, 'i')).toMatchObject({ offset: 1 });
    });
  });
});
