// What happens to topics when NATS, or the way to it, fails: subscribers stay, order holds, nothing comes twice, and nothing that was
// confirmed is missing without a word. Over real servers, with the topic table above the broker.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BrokerUnavailableError } from '../../../../lib/topic/broker.js';
import { NatsBroker } from '../../../../lib/topic/brokers/nats/nats.broker.js';
import type { NatsStreamOptions } from '../../../../lib/topic/brokers/nats/nats-options.js';
import { describeWithNats, NatsServer } from '../../../support/nats-server.js';
import { type Direction, TcpProxy } from '../../../support/tcp-proxy.js';
import { Counting, expectNoSilentLoss, type Listener, TopicNode } from '../topic-node.js';

/** Finds out within a second that a server does not answer. */
const IMPATIENT = { pingInterval: 300, maxPingOut: 1, timeout: 1_000, reconnectTimeWait: 100, reconnectJitter: 10 };

describeWithNats('topics over NATS that fails', () => {
  let server: NatsServer;
  let proxy: TcpProxy;
  let nodes: TopicNode[];

  beforeEach(async () => {
    server = await NatsServer.start();
    proxy = await TcpProxy.to(server.port);
    nodes = [];
  });
  afterEach(async () => {
    server.resume();
    await Promise.all(nodes.map((node) => node.close()));
    await proxy.close();
    await server.close();
  });

  /** @param port of the server, or of the proxy to it */
  async function start(jetstream: boolean | NatsStreamOptions, port = server.port): Promise<TopicNode> {
    const history = jetstream === false ? {} : { history: { maxMessages: 100_000 } };
    const broker = new NatsBroker({ servers: `nats://127.0.0.1:${port}`, jetstream, ...history, ...IMPATIENT });
    const node = await TopicNode.start(broker);
    nodes.push(node);
    return node;
  }

  async function expectEnd(listeners: readonly Listener[], counting: Counting): Promise<void> {
    const end = await counting.stop();
    for (const listener of listeners) {
      await listener.hears(end);
      expectNoSilentLoss(listener.told, counting.confirmed, 0);
    }
    for (const refusal of counting.refusals) expect(refusal).toBeInstanceOf(BrokerUnavailableError);
  }

  describe.each<[string, boolean | NatsStreamOptions]>([
    ['live only', false],
    ['with JetStream', true],
    ['with JetStream in memory', { storage: 'memory' }],
  ])('%s', (_, jetstream) => {
    let publisher: TopicNode;
    let listeners: Listener[];
    let counting: Counting;

    /** Two nodes with listeners, one of which publishes. */
    async function begin(listening?: number): Promise<void> {
      publisher = await start(jetstream);
      const other = await start(jetstream, listening);
      listeners = [await publisher.listen('room'), await other.listen('room')];
      counting = new Counting(publisher, 'room');
      await counting.confirms();
    }

    async function isLost(): Promise<void> {
      for (const node of nodes) await node.reaches('down');
      await counting.refuses();
    }

    async function isBack(): Promise<void> {
      for (const node of nodes) await node.reaches('up');
      await counting.confirms();
    }

    it('lives through the end of the server, which comes back', async () => {
      await begin();
      await server.kill();
      await isLost();
      await server.run();
      await isBack();
      await expectEnd(listeners, counting);
      // What was stored is read again; what was not is told to be missing.
      const gaps = listeners.map((listener) => listener.gaps);
      if (jetstream === true) expect(gaps).toEqual([0, 0]);
      else expect(Math.min(...gaps)).toBeGreaterThan(0);
    });

    it('lives through the end of the server, which comes back with nothing', async () => {
      await begin();
      await server.kill();
      await isLost();
      await server.forget();
      await server.run();
      await isBack();
      await expectEnd(listeners, counting);
      for (const listener of listeners) expect(listener.gaps).toBeGreaterThan(0);
    });

    it('lives through a server that stops for a while', async () => {
      await begin();
      server.pause();
      await isLost();
      server.resume();
      await isBack();
      await expectEnd(listeners, counting);
    });

    it.each<Direction>(['to-server', 'to-client'])(
      'finds out that nothing gets through %s any more',
      async (direction) => {
        await begin(proxy.port);
        proxy.swallow(direction);
        await nodes[1]!.reaches('down');
        await counting.confirms();
        proxy.heal();
        await nodes[1]!.reaches('up');
        await counting.confirms();
        await expectEnd(listeners, counting);
        expect(listeners[0]!.gaps).toBe(0);
        if (jetstream !== false) expect(listeners[1]!.gaps).toBe(0);
      },
    );

    it('misses nothing that another node publishes while the connection is cut', async () => {
      await begin(proxy.port);
      for (let cuts = 0; cuts < 3; cuts++) {
        proxy.cut();
        await nodes[1]!.reaches('down');
        await nodes[1]!.reaches('up');
        await counting.confirms();
      }
      await expectEnd(listeners, counting);
      if (jetstream === false) expect(listeners[1]!.gaps).toBe(3);
      else expect(listeners[1]!.gaps).toBe(0);
    });

    it('publishes again what was on its way when the connection was cut, once', async () => {
      if (jetstream === false) return;
      const listener = await (await start(jetstream)).listen('room');
      publisher = await start(jetstream, proxy.port);
      counting = new Counting(publisher, 'room');
      await counting.confirms();
      proxy.swallow('to-client');
      await publisher.reaches('down');
      proxy.heal();
      await publisher.reaches('up');
      await counting.confirms();
      await expectEnd([listener], counting);
      expect(listener.gaps).toBe(0);
    });
  });
});
