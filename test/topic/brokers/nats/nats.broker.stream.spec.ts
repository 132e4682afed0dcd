// What happens to topics when somebody does something to the stream: purged, deleted, put back to what it was, written to by others.
// Nothing of it may go unnoticed, and nothing may bring a node down.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { NatsBroker } from '../../../../lib/topic/brokers/nats/nats.broker.js';
import type { NatsBrokerOptions } from '../../../../lib/topic/brokers/nats/nats-options.js';
import { encodeBody, encodeMessage } from '../../../../lib/topic/topic-message.js';
import { until } from '../../../support/bounded-wait.js';
import { describeWithNats, NatsServer } from '../../../support/nats-server.js';
import { TcpProxy } from '../../../support/tcp-proxy.js';
import { Counting, expectNoSilentLoss, type Listener, TopicNode } from '../topic-node.js';

const STREAM = 'nestwire';
const SUBJECT = 'nestwire.topic.t-room';

describeWithNats('the stream of the topics', () => {
  let server: NatsServer;
  let nodes: TopicNode[];
  let proxies: TcpProxy[];
  let outsider: NatsConnection;
  let manager: JetStreamManager;

  beforeEach(async () => {
    server = await NatsServer.start();
    nodes = [];
    proxies = [];
    outsider = await connect({ servers: server.url, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
    manager = await jetstreamManager(outsider);
  });
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await outsider.close();
    await server.close();
  });

  async function start(options: Partial<NatsBrokerOptions> = {}): Promise<TopicNode> {
    const history = { maxMessages: 100_000 };
    const reconnect = { reconnectTimeWait: 50, reconnectJitter: 10, timeout: 1_000 };
    const broker = new NatsBroker({ servers: server.url, jetstream: true, history, ...reconnect, ...options });
    const node = await TopicNode.start(broker);
    nodes.push(node);
    return node;
  }

  /** A way to the server that can be made bad. */
  async function detour(): Promise<TcpProxy> {
    const proxy = await TcpProxy.to(server.port);
    proxies.push(proxy);
    return proxy;
  }

  async function publish(node: TopicNode, from: number, to: number): Promise<void> {
    for (let number = from; number <= to; number++) await node.publish('room', number);
  }

  it('may be purged: what was heard stays heard, and who missed something is told', async () => {
    const node = await start();
    const listener = await node.listen('room');
    await publish(node, 1, 5);
    await listener.hears(5);
    const before = listener.position!;
    await publish(node, 6, 10);
    await listener.hears(10);
    await manager.streams.purge(STREAM);
    const [missed, missedNothing] = [await node.listen('room', before), await node.listen('room', listener.position)];
    await publish(node, 11, 12);
    for (const each of [listener, missed, missedNothing]) await each.hears(12);

    expect(listener.told).toEqual(['subscribed', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(missed.told).toEqual(['subscribed', 11, 12]);
    expect(missedNothing.told).toEqual(['recovered', 11, 12]);
  });

  it('may be deleted: it is made again, and everybody is told', async () => {
    const [publisher, other] = [await start(), await start()];
    const listeners = [await publisher.listen('room'), await other.listen('room')];
    const counting = new Counting(publisher, 'room');
    await counting.confirms();
    await manager.streams.delete(STREAM);
    await counting.confirms();
    const end = await counting.stop();
    for (const listener of listeners) {
      await listener.hears(end);
      expectNoSilentLoss(listener.told, counting.confirmed, 0);
      expect(listener.gaps).toBeGreaterThan(0);
    }
  });

  it('may be deleted while nobody publishes: who comes back is told that something may be missing', async () => {
    const node = await start();
    const listener = await node.listen('quiet');
    await node.publish('quiet', 1);
    await listener.hears(1);
    await manager.streams.delete(STREAM);
    const other = await start();
    const back = await other.listen('quiet', listener.position);
    expect(back.told).toEqual(['subscribed']);
    await other.publish('quiet', 2);
    await back.hears(2);
    await listener.hears('gap');
    await other.publish('quiet', 3);
    await listener.hears(3);
    expectNoSilentLoss(listener.told, [1, 2, 3], 0);
    expect(listener.gaps).toBe(1);
  });

  describe('that was put back to what it was', () => {
    let proxy: TcpProxy;
    let listener: Listener;
    let node: TopicNode;

    /** The node has heard 1 to 20, of which the server knows 1 to 10 only. */
    beforeEach(async () => {
      proxy = await detour();
      node = await start({ servers: `nats://127.0.0.1:${proxy.port}` });
      listener = await node.listen('room');
      await publish(node, 1, 10);
      await server.kill();
      await server.save();
      await server.run();
      await node.reaches('up');
      await publish(node, 11, 20);
      await listener.hears(20);
      await server.kill();
      await server.restore();
    });

    it('begins anew', async () => {
      const epoch = listener.position!.epoch;
      await server.run();
      await listener.hears('gap');
      await publish(node, 21, 22);
      await listener.hears(22);
      expect(listener.position!.epoch).not.toBe(epoch);
      expect(listener.told.slice(-3)).toEqual(['gap', 21, 22]);
    });

    it('begins anew, though others have filled it up again', async () => {
      const epoch = listener.position!.epoch;
      proxy.swallow('to-server');
      await server.run();
      await until(() => !outsider.isClosed() && outsider.info !== undefined, 'the outsider to be connected again');
      const other = await start();
      for (let number = 101; number <= 120; number++) await other.publish('room', number);
      proxy.heal();
      proxy.cut();
      await listener.hears('gap');
      await publish(node, 21, 22);
      await listener.hears(22);
      expect(listener.position!.epoch).not.toBe(epoch);
      expect(listener.told.slice(-2)).toEqual([21, 22]);
    });
  });

  it.each([
    ['garbage', new Uint8Array([0xff, 0x00, 0xfe])],
    ['nothing', new Uint8Array(0)],
    ['a message of a version to come', new TextEncoder().encode('nestwire/2 {}\n{"event":"e","data":1}')],
  ])('may hold %s: it is told to be missing, logged, and passed over', async (_, payload) => {
    const [node, other] = [await start(), await start()];
    const listener = await node.listen('room');
    await publish(node, 1, 2);
    await listener.hears(2);
    const before = listener.position;
    outsider.publish(SUBJECT, payload);
    await listener.hears('gap');
    await publish(node, 3, 4);
    await listener.hears(4);
    expect(listener.told).toEqual(['subscribed', 1, 2, 'gap', 3, 4]);
    expect(node.failures).toEqual([expect.stringContaining('"room"')]);

    const back = await other.listen('room', before);
    await back.hears(4);
    expect(back.told).toEqual(['recovered', 'gap', 3, 4]);
  });

  it('is not taken for the sender of what somebody sends in its name', async () => {
    const node = await start();
    const listener = await node.listen('room');
    const payload = encodeMessage({ body: encodeBody('count', 666) });
    outsider.publish('nestwire.live.some-epoch.t-room', payload);
    await outsider.flush();
    await publish(node, 1, 2);
    await listener.hears(2);
    expect(listener.told).toEqual(['subscribed', 1, 2]);
    expect(node.failures).toHaveLength(1);
  });

  it('lets a client recover on a topic that nothing is published to, among busy ones, on any node', async () => {
    const [node, other] = [await start({ history: { maxMessages: 5 } }), await start({ history: { maxMessages: 5 } })];
    await publish(node, 1, 20);
    const { position } = await node.listen('quiet');
    await publish(node, 21, 40);
    const back = await other.listen('quiet', position);
    expect(back.told).toEqual(['recovered']);
    await node.publish('quiet', 1);
    await back.hears(1);
    expect(back.told).toEqual(['recovered', 1]);
  });

  it('lets a client recover where its last message is too old to be kept, and somebody else has listened since', async () => {
    const history = { maxMessages: 5, maxAgeMs: 200 };
    const node = await start({ history });
    const listener = await node.listen('room');
    await publish(node, 1, 2);
    await listener.hears(2);
    const elsewhere = await node.listen('elsewhere');
    const isGone = async (): Promise<boolean> => {
      await node.publish('elsewhere', 1);
      return (await manager.streams.info(STREAM)).state.first_seq > listener.position!.offset;
    };
    while (!(await isGone()));
    const back = await node.listen('room', listener.position);
    await publish(node, 3, 3);
    for (const each of [listener, back]) await each.hears(3);
    expect(back.told).toEqual(['recovered', 3]);
    expect(listener.told).toEqual(['subscribed', 1, 2, 3]);
    expect(elsewhere.gaps).toBe(0);

    // Nobody else has listened on another node.
    while (!(await isGone()));
    const other = await start({ history });
    expect((await other.listen('room', back.position)).told).toEqual(['subscribed']);
  });

  it('gives back what a subscriber was too slow for', async () => {
    await outsider.close();
    await server.close();
    server = await NatsServer.start({ settings: 'max_pending: 1048576\nwrite_deadline: "300ms"\n' });
    outsider = await connect({ servers: server.url });
    const proxy = await detour();
    const [publisher, slow] = [await start(), await start({ servers: `nats://127.0.0.1:${proxy.port}` })];
    const listener = await slow.listen('room');
    const statuses: string[] = [];
    slow.broker.status.subscribe((status) => statuses.push(status));
    proxy.hold('to-client');
    for (let number = 1; number <= 400; number++) await publisher.publish('room', number, 50_000);
    proxy.heal();
    await publisher.publish('room', 401);
    await listener.hears(401);
    expect(statuses).toContain('down');
    expect(listener.told).toEqual(['subscribed', ...Array.from({ length: 401 }, (_, i) => i + 1)]);
  });
});
