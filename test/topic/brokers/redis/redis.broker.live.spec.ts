// Redis without history: nothing in a message shows what is missing before it, so that the broker has to know, whatever happens to
// the server or to the way to it. Over real servers, with the topic table above the broker.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { BrokerUnavailableError } from '../../../../lib/topic/broker.js';
import { RedisBroker } from '../../../../lib/topic/brokers/redis/index.js';
import { until } from '../../../support/bounded-wait.js';
import { describeWithRedis, type RedisServer } from '../../../support/redis-server.js';
import type { TcpProxy } from '../../../support/tcp-proxy.js';
import { Counting, expectNoSilentLoss, type Listener, TopicNode } from '../topic-node.js';
import { RedisStage } from './redis-stage.js';

/** Finds out within a second that a server does not answer. */
const IMPATIENT = { pingIntervalMs: 200, pingTimeoutMs: 300, connectTimeoutMs: 1_500 };
const CHANNEL = 'nestwire:{t-room}';

describeWithRedis('RedisBroker without history', () => {
  const stage = new RedisStage();
  let server: RedisServer;
  let proxy: TcpProxy;
  /** Publishes, over no proxy. */
  let publisher: TopicNode;
  /** Listens, over the proxy. */
  let node: TopicNode;
  let listener: Listener;
  let counting: Counting;

  beforeEach(async () => {
    server = await stage.server();
    proxy = await stage.proxy(server);
    publisher = await start(server.port);
    node = await start(proxy.port);
    listener = await node.listen('room');
    counting = new Counting(publisher, 'room');
    await counting.confirms();
  });
  afterEach(() => stage.end());

  async function start(port: number): Promise<TopicNode> {
    const broker = new RedisBroker({ url: `redis://127.0.0.1:${port}`, history: false, ...IMPATIENT });
    const started = await TopicNode.start(broker);
    stage.onEnd(() => started.close());
    return started;
  }

  async function expectEnd(): Promise<void> {
    const end = await counting.stop();
    await listener.hears(end);
    expectNoSilentLoss(listener.told, counting.confirmed, 0);
    for (const refusal of counting.refusals) expect(refusal).toBeInstanceOf(BrokerUnavailableError);
  }

  it('says that messages are missing before it delivers what came after them, when its subscriptions are lost', async () => {
    for (let round = 1; round <= 20; round++) {
      await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await until(() => listener.gaps >= round, `gap ${round}`);
      await counting.confirms();
    }
    await expectEnd();
    expect(counting.refusals).toEqual([]);
  });

  it('lives through the loss of both connections at once', async () => {
    for (let round = 1; round <= 5; round++) {
      proxy.cut();
      await until(() => listener.gaps >= round, `gap ${round}`);
      await counting.confirms();
    }
    await expectEnd();
    expect(counting.refusals).toEqual([]);
  });

  it('lives through the end of the server, which comes back', async () => {
    await server.kill();
    await Promise.all([node.reaches('down'), publisher.reaches('down'), counting.refuses()]);
    await server.start();
    await Promise.all([node.reaches('up'), publisher.reaches('up')]);
    await counting.confirms();
    await expectEnd();
    expect(listener.gaps).toBeGreaterThan(0);
  });

  it('lives through a server that stops for a while', async () => {
    server.freeze();
    await Promise.all([node.reaches('down'), publisher.reaches('down'), counting.refuses()]);
    server.thaw();
    await Promise.all([node.reaches('up'), publisher.reaches('up')]);
    await counting.confirms();
    await expectEnd();
  });

  it.each(['to-server', 'to-client'] as const)('finds out that nothing gets through %s any more', async (direction) => {
    proxy.swallow(direction);
    await node.reaches('down');
    await counting.confirms();
    proxy.heal();
    await node.reaches('up');
    await counting.confirms();
    await expectEnd();
    expect(listener.gaps).toBe(1);
  });

  it('has nothing to lose by FLUSHALL', async () => {
    await server.ask('FLUSHALL');
    await counting.confirms();
    await expectEnd();
    expect(listener.gaps).toBe(0);
    expect(counting.refusals).toEqual([]);
  });

  it.each(['', 'garbage', '\0', 'nestwire/2 {}\n{"event":"count","data":1}'])(
    'tells of %j on a channel as of a message that is missing, and logs it',
    async (text) => {
      await server.ask('SPUBLISH', CHANNEL, text);
      await listener.hears('gap');
      expect(node.failures).toEqual([expect.stringContaining('cannot be read')]);
      await expectEnd();
      expect(listener.gaps).toBe(1);
      expect(listener.told.filter((each) => typeof each !== 'number' && each !== 'gap')).toEqual(['subscribed']);
    },
  );
});
