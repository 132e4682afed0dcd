// What happens to topics when another server of a cluster leads their stream: what that stores while it becomes the leader, it does not
// publish again, and confirmations are lost with the one before. Over three real servers; the nodes are connected to the other two.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { BrokerUnavailableError } from '../../../../lib/topic/broker.js';
import { NatsBroker } from '../../../../lib/topic/brokers/nats/nats.broker.js';
import { NatsCluster } from '../../../support/nats-cluster.js';
import { describeWithNats, type NatsServer } from '../../../support/nats-server.js';
import { Counting, expectNoSilentLoss, type Listener, TopicNode } from '../topic-node.js';

const STREAM = 'nestwire';
/** Servers wait for one that is gone for up to nine seconds, before they elect another; the cluster's leader may have gone with it. */
const ELECTION_LIMIT_MS = 60_000;

describeWithNats('topics whose stream gets another leader', () => {
  let cluster: NatsCluster;
  let leader: NatsServer;
  let nodes: TopicNode[];
  let listeners: Listener[];
  let counting: Counting;

  beforeEach(async () => {
    cluster = await NatsCluster.start();
    nodes = [];
    // The stream is there, and its leader is known, before anybody stays.
    await (await start(cluster.urls)).close();
    nodes = [];
    leader = await cluster.leaderOf(STREAM);
    for (const url of cluster.urls) if (url !== leader.url) await start([url]);
    listeners = [];
    for (const node of nodes) listeners.push(await node.listen('room'));
  });
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await cluster.close();
  });

  async function start(servers: readonly string[]): Promise<TopicNode> {
    const history = { maxMessages: 100_000 };
    const broker = new NatsBroker({ servers, jetstream: { replicas: 3 }, history, ignoreClusterUpdates: true });
    const node = await TopicNode.start(broker);
    nodes.push(node);
    return node;
  }

  async function publishes(): Promise<void> {
    counting = new Counting(nodes[0]!, 'room');
    await counting.confirms();
  }

  /** All listeners have all that was confirmed, in order and once. */
  async function expectAll(): Promise<void> {
    const end = await counting.stop();
    for (const listener of listeners) {
      await listener.hears(end);
      expectNoSilentLoss(listener.told, counting.confirmed, 0);
      expect(listener.told).toEqual(expect.arrayContaining(counting.confirmed));
      expect(listener.gaps).toBe(0);
    }
    for (const refusal of counting.refusals) expect(refusal).toBeInstanceOf(BrokerUnavailableError);
  }

  /** Every node shuts its topics, and opens them again. */
  function reopening(): Promise<unknown> {
    return Promise.all(
      nodes.map(async (node) => {
        await node.reaches('down');
        await node.reaches('up');
      }),
    );
  }

  it(
    'lose nothing when it is killed',
    async () => {
      await publishes();
      const reopened = reopening();
      await leader.kill();
      await reopened;
      await counting.confirms();
      expect(await cluster.leaderOf(STREAM)).not.toBe(leader);
      await expectAll();
    },
    ELECTION_LIMIT_MS,
  );

  it('lose nothing when it steps down, twice', async () => {
    await publishes();
    for (let round = 0; round < 2; round++) {
      const reopened = reopening();
      await cluster.stepDown(STREAM);
      await reopened;
      await counting.confirms();
    }
    await expectAll();
  });

  it('are looked at again when it steps down while nobody publishes', async () => {
    await nodes[0]!.publish('room', 1);
    const reopened = reopening();
    await cluster.stepDown(STREAM);
    await reopened;
    await nodes[1]!.publish('room', 2);
    for (const listener of listeners) {
      await listener.hears(2);
      expect(listener.told).toEqual(['subscribed', 1, 2]);
    }
  });
});
