// How NatsBroker begins: what it says where it cannot, which stream it makes, and what it does with one that is there.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type JetStreamManager, jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { BrokerUnavailableError } from '../../../../lib/topic/broker.js';
import { NatsBroker } from '../../../../lib/topic/brokers/nats/nats.broker.js';
import type { NatsBrokerOptions } from '../../../../lib/topic/brokers/nats/nats-options.js';
import { describeWithNats, NatsServer } from '../../../support/nats-server.js';
import { TopicNode } from '../topic-node.js';

describeWithNats('NatsBroker starts', () => {
  let server: NatsServer;
  let brokers: NatsBroker[];

  beforeEach(() => {
    brokers = [];
  });
  afterEach(async () => {
    await Promise.all(brokers.map((broker) => broker.close()));
    await server.close();
  });

  async function start(options: Partial<NatsBrokerOptions> = {}): Promise<TopicNode> {
    const broker = new NatsBroker({ servers: server.url, jetstream: true, ...options });
    brokers.push(broker);
    return TopicNode.start(broker);
  }

  async function expectRefusal(options: Partial<NatsBrokerOptions>, message: RegExp): Promise<void> {
    const error = await start(options).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(BrokerUnavailableError);
    expect((error as Error).message).toMatch(message);
  }

  it('and says where JetStream is not enabled', async () => {
    server = await NatsServer.start({ jetstream: false });
    await expectRefusal({}, /JetStream is not enabled: .*--jetstream.*"jetstream"/);
    await start({ jetstream: false });
  });

  it('and says where nobody listens, and where the password is wrong, without showing it', async () => {
    server = await NatsServer.start({ settings: 'authorization: { user: ada, password: right }\n' });
    const wrong = { user: 'ada', pass: 'wrong-secret' };
    await expectRefusal(wrong, new RegExp(`at ${server.url} .*Authorization`, 'i'));
    const error = await start(wrong).catch((error: unknown) => error);
    expect(String(error)).not.toContain('wrong-secret');
    await start({ user: 'ada', pass: 'right' });
    await server.kill();
    await expectRefusal({}, new RegExp(`at ${server.url} .*refused.*"servers"`));
  });

  it('and says which subject it may not listen to, when somebody subscribes', async () => {
    const permissions = 'permissions: { subscribe: { deny: "nestwire.topic.t-secret" } }';
    server = await NatsServer.start({
      settings: `authorization: { users: [{ user: ada, password: a, ${permissions} }] }\n`,
    });
    const node = await start({ jetstream: false, user: 'ada', pass: 'a' });
    await expect(node.listen('secret')).rejects.toThrow(/refused the subscription to nestwire\.topic\.t-secret/);
    const listener = await node.listen('open');
    await node.publish('open', 1);
    await listener.hears(1);
  });

  it('and says which message is too large for the server', async () => {
    server = await NatsServer.start({ settings: 'max_payload: 10000\n' });
    const node = await start();
    const listener = await node.listen('room');
    await expect(node.publish('room', 1, 10_000)).rejects.toThrow(/too large.*"max_payload" is 10000/);
    await node.publish('room', 2, 5_000);
    await listener.hears(2);
    expect(listener.told).toEqual(['subscribed', 2]);
  });

  describe('with a stream', () => {
    let outsider: NatsConnection;
    let manager: JetStreamManager;

    beforeEach(async () => {
      server = await NatsServer.start();
      outsider = await connect({ servers: server.url });
      manager = await jetstreamManager(outsider);
    });
    afterEach(() => outsider.close());

    async function configOf(stream: string): Promise<StreamConfig> {
      return (await manager.streams.info(stream)).config;
    }

    it('that it makes, once for all nodes', async () => {
      const jetstream = { stream: 'shop', storage: 'memory', replicas: 1 } as const;
      const options = { subjectPrefix: 'my.shop', jetstream, history: { maxMessages: 7, maxAgeMs: 9_000 } };
      const nodes = await Promise.all(Array.from({ length: 5 }, () => start(options)));
      expect(await configOf('shop')).toMatchObject({
        subjects: ['my.shop.topic.*', 'my.shop.mark.*'],
        storage: 'memory',
        max_msgs_per_subject: 7,
        max_age: 9_000 * 1e6,
        duplicate_window: 9_000 * 1e6,
      });
      const listeners = await Promise.all(nodes.map((node) => node.listen('room')));
      await nodes[0]!.publish('room', 1);
      for (const listener of listeners) await listener.hears(1);
      expect(new Set(listeners.map(({ position }) => position!.epoch)).size).toBe(1);
    });

    it('that keeps less from now on, and that goes on; or more, and that begins anew', async () => {
      const listener = await (await start()).listen('room');
      const { epoch } = listener.position!;
      await start({ history: { maxMessages: 10, maxAgeMs: 5_000 } });
      expect(await configOf('nestwire')).toMatchObject({ max_msgs_per_subject: 10, max_age: 5_000 * 1e6 });
      expect((await (await start({ history: { maxMessages: 10 } })).listen('room')).position!.epoch).toBe(epoch);
      const more = await start();
      expect(await configOf('nestwire')).toMatchObject({ max_msgs_per_subject: 256, max_age: 120_000 * 1e6 });
      expect((await more.listen('room')).position!.epoch).not.toBe(epoch);
    });

    it('that is where another storage is asked for', async () => {
      await start();
      await expectRefusal({ jetstream: { storage: 'memory' } }, /storage "file".*"jetstream.storage"/);
      await start({ jetstream: { storage: 'file' } });
    });

    it('that was made for something else', async () => {
      await manager.streams.add({ name: 'orders', subjects: ['orders.*'] });
      await expectRefusal({ jetstream: { stream: 'orders' } }, /"orders" .*something else.*"jetstream.stream"/);
      expect((await configOf('orders')).subjects).toEqual(['orders.*']);
    });

    it('whose subjects are those of another one', async () => {
      await manager.streams.add({ name: 'other', subjects: ['nestwire.>'] });
      await expectRefusal({}, /subjects nestwire\.topic\.\*.*"jetstream.stream"/);
    });
  });
});
