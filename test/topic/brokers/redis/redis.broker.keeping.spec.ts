// What a Redis broker does for topics beside their messages: it keeps the numbering of those that are quiet, subscribes to all of
// them again, however many, and lets go of them in the middle of anything.

import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { BrokerUnavailableError } from '../../../../lib/topic/broker.js';
import { RedisBroker } from '../../../../lib/topic/brokers/redis/index.js';
import { until } from '../../../support/bounded-wait.js';
import { describeWithRedis, type RedisServer } from '../../../support/redis-server.js';
import { NotingSink, TestNode } from '../../contract/nodes.js';
import { expectWell, RedisStage } from './redis-stage.js';
import type { Witness } from './witness.js';

const STATE = 'nestwire:{t-quiet}:state';
const TOUCHED_AFTER_MS = 200_000;

describeWithRedis('RedisBroker', () => {
  const stage = new RedisStage();
  let server: RedisServer;

  beforeEach(async () => {
    server = await stage.server();
  });
  afterEach(async () => {
    jest.useRealTimers();
    await stage.end();
  });

  /** Only what is done every few minutes waits for the clock to be put forward. */
  function holdIntervals(): void {
    jest.useFakeTimers({
      doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'setTimeout'],
    });
  }

  const lifeOfState = async (): Promise<number> => Number(await server.ask('PTTL', STATE));

  it('keeps the numbering of a topic that nothing is published to', async () => {
    holdIntervals();
    const node = await stage.node(server.port);
    await node.join('quiet');
    await server.ask('PEXPIRE', STATE, 100_000);
    jest.advanceTimersByTime(TOUCHED_AFTER_MS);
    while ((await lifeOfState()) <= 100_000);
    expect(node.failures).toEqual([]);
  });

  it('says where it cannot', async () => {
    holdIntervals();
    const node = await stage.node(server.port);
    await node.join('quiet');
    await server.ask('ACL', 'SETUSER', 'default', '-pexpire');
    jest.advanceTimersByTime(TOUCHED_AFTER_MS);
    await until(() => node.failures.length > 0, 'a word in the log');
    expect(node.failures).toEqual([expect.stringMatching(/could not be kept in Redis: .*NOPERM/)]);
  });

  it('keeps nothing where there is no history, and asks nothing of a server that is away', async () => {
    holdIntervals();
    const [live, kept] = [await stage.node(server.port, { history: false }), await stage.node(server.port)];
    await live.join('quiet');
    await kept.join('quiet');
    await server.kill();
    await kept.becomes('down');
    const failures = new Set([...live.failures, ...kept.failures]);
    jest.advanceTimersByTime(TOUCHED_AFTER_MS);
    await server.start();
    await kept.becomes('up');
    expect([...live.failures, ...kept.failures].filter((each) => !failures.has(each))).toEqual([]);
  });

  it('subscribes to more than a thousand topics again', async () => {
    const node = await stage.node(server.port);
    const names = Array.from({ length: 1_100 }, (_, i) => `topic ${i}`);
    const witnesses = await Promise.all(names.map((name) => node.join(name)));
    await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await node.becomes('down');
    await node.becomes('up');
    for (const [i, name] of names.entries()) void node.publish(name, i);
    for (const [i, witness] of witnesses.entries()) await witness.sees(i);
  });

  it('subscribes to a topic that is asked for while all others are subscribed to again', async () => {
    const [node, other] = [await stage.node(server.port), await stage.node(server.port)];
    await node.join('room');
    const { client } = subscriptionsOf(node.broker);
    const { ssubscribe } = client;
    let joined: Promise<Witness> | undefined;
    client.ssubscribe = (...channels) => {
      const subscribed = ssubscribe.apply(client, channels);
      // All that were known are on their way.
      joined ??= node.join('late');
      return subscribed;
    };
    await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(() => joined !== undefined, 'the topics to be subscribed to again');
    const witness = await joined!;
    await node.becomes('up');
    await other.publish('late', 'hello');
    await witness.sees('hello');
  });

  it('tells whoever subscribes that it has no right to a channel, and goes on with the others', async () => {
    await server.ask('ACL', 'SETUSER', 'default', 'resetchannels', '&nestwire:presence*', '&nestwire:{t-room}');
    const node = await stage.node(server.port);
    const joined = node.join('secret');
    await expect(joined).rejects.toThrow(BrokerUnavailableError);
    await expect(joined).rejects.toThrow(/refused what it was asked: NOPERM/);
    await expectWell(await node.join('room'), node);
  });

  it('says that a message is kept, though it has no right to tell anybody', async () => {
    await server.ask('ACL', 'SETUSER', 'default', 'resetchannels', '&nestwire:presence*');
    const node = await stage.node(server.port);
    const published = node.publish('room', 'kept');
    await expect(published).rejects.toMatchObject({ name: 'BrokerUnavailableError', mayBePublished: true });
    await expect(published).rejects.toThrow(
      /keeps the message, but could not tell the subscribers: .*publish to the channel/,
    );
    await server.ask('ACL', 'SETUSER', 'default', 'allchannels');
    expect((await node.publish('room', 'told'))?.offset).toBe(2);
  });

  it.each([-1, 1.5, Number.NaN, Infinity, 2 ** 60])('knows of no history since the number %d', async (offset) => {
    const node = await stage.node(server.port);
    const { epoch } = await node.publish('room', 'first');
    const history = await node.broker.history('room', { epoch, offset });
    expect(history).toEqual({ entries: [], isComplete: false, position: { epoch, offset: 1 } });
  });

  it('is closed, whatever becomes of its connections while it says goodbye', async () => {
    const proxy = await stage.proxy(server);
    const broker = new RedisBroker({ url: `redis://127.0.0.1:${proxy.port}` });
    const node = new TestNode(broker);
    await node.start();
    const isSubscribed = async (): Promise<boolean> => {
      const counted = (await server.ask('PUBSUB', 'SHARDNUMSUB', 'nestwire:presence')) as [string, number];
      return counted[1] === 1;
    };
    const goodbye = proxy.before('"bye"', async () => {
      await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
      while (!(await isSubscribed()));
    });
    await broker.close();
    await goodbye;
    expect(node.statuses).toEqual(['closed', 'up', 'closed']);
    expect(node.sink).toEqual(new NotingSink());
  });
});

/** The connection that is subscribed, which nobody else may touch. */
function subscriptionsOf(broker: RedisBroker): { client: { ssubscribe(...channels: string[]): Promise<unknown> } } {
  const { running } = broker as unknown as { running: { link: { subscriptions: never } } };
  return running.link.subscriptions;
}
