// The sample cluster as a person runs it: real processes behind one port, over each broker that it can be told of. What is said on
// one node is heard on the others, and whoever loses its node goes on elsewhere with every message once and in order.

import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { describeWithNats, NatsServer } from '../support/nats-server.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';
import { SampleProcess } from '../support/sample-process.js';
import { ClusterClient, type ClusterState } from './cluster-client.js';

jest.setTimeout(120_000);

/** What the nodes' messages go by. */
interface Between {
  /** Where it is, for the environment. */
  readonly settings: Record<string, string>;
  end(): Promise<unknown>;
}

describe('the sample cluster over its own IPC', () => {
  describeCluster('the cluster’s IPC', async () => ({ settings: {}, end: async () => undefined }));
});

describeWithRedis('the sample cluster over Redis', () => {
  describeCluster('Redis', async () => {
    const server = await RedisServer.begin();
    return { settings: { REDIS_URL: server.url }, end: () => server.end() };
  });
});

describeWithNats('the sample cluster over NATS with JetStream', () => {
  describeCluster('NATS', async () => {
    const server = await NatsServer.start();
    return { settings: { NATS_URL: server.url }, end: () => server.close() };
  });
});

/** @param name what the nodes call it */
function describeCluster(name: string, begin: () => Promise<Between>): void {
  let between: Between;
  let sample: SampleProcess;
  const clients: ClusterClient[] = [];

  /** @param elsewhere than on this node */
  async function open(elsewhere?: number): Promise<ClusterClient> {
    const { port } = sample;
    const client = await (elsewhere === undefined
      ? ClusterClient.open(port)
      : ClusterClient.openElsewhere(port, elsewhere));
    clients.push(client);
    return client;
  }

  beforeAll(async () => {
    between = await begin();
    sample = await SampleProcess.start('cluster', await freePort(), between.settings);
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map(({ client }) => client.drop()));
  });

  afterAll(async () => {
    const code = await sample.kill('SIGTERM');
    await between.end();
    expect(code).toBe(0);
  });

  it('carries the chat from node to node, and counts those on all', async () => {
    const ada = await open();
    const grace = await open(ada.state.own);
    expect(ada.state.broker).toBe(name);
    expect(await ada.watch()).toBe(false);
    await grace.watch();
    grace.ask('count', 'chat.attendance');
    await ada.join('Ada');
    await ada.say('Good morning');
    await grace.hears('Good morning');
    await grace.until(
      ({ id, data }) => id === 'count' && JSON.stringify(data) === JSON.stringify({ people: 1, watching: 2 }),
    );
  });

  it('loses and doubles nothing when a node is killed while others speak', async () => {
    const ada = await open();
    const grace = await open(ada.state.own);
    await ada.watch();
    await grace.watch();
    await ada.join('Ada');
    const texts = Array.from({ length: 60 }, (_, index) => `Message ${index}`);
    for (const text of texts.slice(0, 20)) await ada.say(text);
    await grace.hears('Message 19');

    const lost = grace.state.nodes.find(({ number }) => number === grace.state.own)!;
    ada.ask('kill', 'cluster.kill', { number: lost.number });
    for (const text of texts.slice(20, 50)) await ada.say(text);
    expect((await grace.client.closed()).code).toBe(1006);

    const back = await open();
    expect(await back.continue(grace)).toBe(true);
    for (const text of texts.slice(50)) await ada.say(text);
    await back.hears('Message 59');
    expect(back.heard).toEqual(texts);

    // Another process has the number, and knows what was said.
    const isBack = ({ nodes }: ClusterState): boolean =>
      nodes.some(({ number, pid, isUp }) => number === lost.number && isUp && pid !== lost.pid);
    if (!isBack(ada.state)) await ada.until(() => isBack(ada.state));
    let fresh = await open();
    while (fresh.state.own !== lost.number) fresh = await open();
    let past: string[] = [];
    while (past.length < 50) {
      fresh.ask('past', 'chat.past');
      const { data } = await fresh.until(({ id, type }) => id === 'past' && type === 'next');
      past = (data as { text: string }[]).map(({ text }) => text);
    }
    expect(past).toEqual(texts.slice(10));
  });
}
