// What a NATS server does not allow, and what it does not take: whoever asked for it is told so, and everything else goes on.

import { afterEach, describe, expect, it } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { BrokerUnavailableError } from '../../../../lib/topic/broker.js';
import { NatsBroker } from '../../../../lib/topic/brokers/nats/nats.broker.js';
import type { NatsBrokerOptions } from '../../../../lib/topic/brokers/nats/nats-options.js';
import { until } from '../../../support/bounded-wait.js';
import { describeWithNats, NatsServer } from '../../../support/nats-server.js';
import { TcpProxy } from '../../../support/tcp-proxy.js';
import { TopicNode } from '../topic-node.js';

describeWithNats('NATS refuses', () => {
  let server: NatsServer;
  let node: TopicNode | undefined;

  afterEach(async () => {
    await node?.close();
    node = undefined;
    await server.close();
  });

  async function start(options: Partial<NatsBrokerOptions>, servers = server.url): Promise<TopicNode> {
    node = await TopicNode.start(new NatsBroker({ servers, ...options }));
    return node;
  }

  /** A node whose user has these permissions. */
  async function startAs(permissions: string, options: Partial<NatsBrokerOptions>): Promise<TopicNode> {
    const user = `{ user: ada, password: a, permissions: { ${permissions} } }`;
    server = await NatsServer.start({ settings: `authorization: { users: [${user}] }\n` });
    return start({ user: 'ada', pass: 'a', ...options });
  }

  describe.each([false, true])('with JetStream: %s', (jetstream) => {
    it('messages to a topic, and they are not taken for published', async () => {
      const node = await startAs('publish: { deny: "nestwire.topic.t-secret" }', { jetstream });
      const listener = await node.listen('open');
      const results = await Promise.allSettled([
        node.publish('secret', 1),
        node.publish('open', 2),
        node.publish('secret', 3),
        node.publish('open', 4),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
      for (const result of results) {
        if (result.status === 'fulfilled') continue;
        expect(result.reason).toBeInstanceOf(BrokerUnavailableError);
        expect(String(result.reason)).toContain('publish to nestwire.topic.t-secret');
      }
      await listener.hears(4);
      expect(listener.told).toEqual(['subscribed', 2, 4]);
    });
  });

  it('to say how the stream stands: whoever subscribes is told that it did not', async () => {
    const node = await startAs('publish: { deny: "$JS.API.STREAM.MSG.GET.nestwire" }', { jetstream: true });
    const error = await node.listen('room').catch((error: unknown) => error);
    expect(error).toBeInstanceOf(BrokerUnavailableError);
    expect(String(error)).toContain(`NATS at ${server.url} did not do what it was asked for`);
    expect(await node.publish('room', 1)).toBeDefined();
  });

  it('history where there is no JetStream, and it is said what to set', async () => {
    server = await NatsServer.start();
    const { broker } = await start({});
    const asked = broker.history('room', { epoch: 'e', offset: 1 });
    await expect(asked).rejects.toThrow(BrokerUnavailableError);
    await expect(asked).rejects.toThrow('set the option "jetstream"');
  });

  it('JetStream to the account', async () => {
    const users = (name: string): string => `users: [{ user: ${name}, password: a }]`;
    const accounts = `KEPT: { jetstream: enabled, ${users('ada')} }, LIVE: { ${users('bob')} }`;
    server = await NatsServer.start({ settings: `accounts: { ${accounts} }\n` });
    await expect(start({ user: 'bob', pass: 'a', jetstream: true })).rejects.toThrow(/JetStream is not enabled: /);
    await start({ user: 'ada', pass: 'a', jetstream: true });
  });

  it('a stream that it cannot have, and says why', async () => {
    server = await NatsServer.start();
    const started = start({ jetstream: { replicas: 3 } });
    await expect(started).rejects.toThrow(BrokerUnavailableError);
    await expect(started).rejects.toThrow(/JetStream did not open the stream "nestwire": .*replicas/);
  });

  it('what the stream does not take, and says why', async () => {
    server = await NatsServer.start();
    const node = await start({ jetstream: true });
    const outsider = await connect({ servers: server.url });
    await (await jetstreamManager(outsider)).streams.update('nestwire', { max_msg_size: 1_000 });
    await outsider.close();
    const published = node.publish('room', 1, 1_000);
    await expect(published).rejects.toThrow(BrokerUnavailableError);
    await expect(published).rejects.toThrow(/JetStream refused a message: .*size/);
    expect(await node.publish('room', 2)).toBeDefined();
  });

  it('the connection, again and again, and each reason is logged once', async () => {
    server = await NatsServer.start();
    const other = await NatsServer.start({ settings: 'authorization: { user: ada, password: right }\n' });
    const proxy = await TcpProxy.to(server.port);
    const node = await start({ reconnectTimeWait: 20, reconnectJitter: 1 }, `nats://127.0.0.1:${proxy.port}`);
    try {
      for (const round of [1, 2]) {
        proxy.target = other.port;
        proxy.cut();
        for (let attempts = 0; attempts < 3; attempts++) await proxy.before('CONNECT', () => undefined);
        expect(node.failures).toEqual(Array(round).fill(expect.stringMatching(/NATS says: .*Authorization/)));
        proxy.target = server.port;
        await node.reaches('up');
      }
    } finally {
      await proxy.close();
      await other.close();
    }
  });

  it('nothing: where an option of the connection gives it up, the log says that it is for good', async () => {
    server = await NatsServer.start();
    let attempts = 0;
    const reconnectToServer = (): null => {
      if (++attempts > 1) throw new Error('nowhere to go');
      return null;
    };
    const node = await start({ reconnectToServer, reconnectTimeWait: 20, reconnectJitter: 1 });
    await server.kill();
    await until(() => node.failures.length > 0, 'a word in the log');
    expect(node.failures).toEqual([expect.stringMatching(/ended for good: restart the application: .*nowhere to go/)]);
    await expect(node.publish('room', 1)).rejects.toThrow(BrokerUnavailableError);
  });
});
