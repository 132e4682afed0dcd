// JetStream on a cluster of servers whose leader changes: what was confirmed is not lost, nothing comes twice, and topics go on.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { NatsBroker } from '../../../../lib/topic/brokers/nats/nats.broker.js';
import { until } from '../../../support/bounded-wait.js';
import { freePort } from '../../../support/free-port.js';
import { describeWithNats, NatsServer } from '../../../support/nats-server.js';
import { Counting, expectNoSilentLoss, type Listener, TopicNode } from './topic-node.js';

const STREAM = 'nestwire';
const RECONNECT = { reconnectTimeWait: 50, reconnectJitter: 10, timeout: 1_000 };

describeWithNats('a stream', () => {
  let servers: NatsServer[];
  let nodes: TopicNode[];
  let outsider: NatsConnection;
  let listeners: Listener[];
  let counting: Counting;

  /** Three servers that know each other, or one. */
  async function startServers(count: number): Promise<void> {
    const ports: number[] = [];
    for (let i = 0; i < count; i++) ports.push(await freePort());
    const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
    const settingsOf = (port: number): string => `server_name: "s${port}"
      cluster: { name: "test", listen: "127.0.0.1:${port}", routes: [${routes}] }\n`;
    servers = await Promise.all(
      ports.map((port) => NatsServer.start(count === 1 ? {} : { settings: settingsOf(port) })),
    );
    outsider = await connect({ servers: urls(), maxReconnectAttempts: -1, ...RECONNECT });
  }

  const urls = (): string[] => servers.map(({ url }) => url);

  async function startNodes(replicas: number): Promise<void> {
    for (let i = 0; i < 2; i++) {
      const jetstream = { replicas };
      const options = { servers: urls(), jetstream, history: { maxMessages: 100_000 }, ...RECONNECT };
      nodes.push(await TopicNode.start(new NatsBroker(options)));
    }
    listeners = await Promise.all(nodes.map((node) => node.listen('room')));
    counting = new Counting(nodes[0]!, 'room');
    await counting.confirms();
  }

  async function expectEnd(): Promise<void> {
    const end = await counting.stop();
    for (const listener of listeners) {
      await listener.hears(end);
      expectNoSilentLoss(listener.told, counting.confirmed, 0);
      expect(listener.gaps).toBe(0);
    }
  }

  beforeEach(() => {
    nodes = [];
  });
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await outsider.close();
    await Promise.all(servers.map((server) => server.close()));
  });

  describe('with three replicas', () => {
    let manager: JetStreamManager;

    const leader = async (): Promise<string | undefined> =>
      (await manager.streams.info(STREAM).catch(() => undefined))?.cluster?.leader;

    beforeEach(async () => {
      await startServers(3);
      manager = await jetstreamManager(outsider, { checkAPI: false });
      const isReady = (): Promise<boolean> =>
        manager.getAccountInfo().then(
          () => true,
          () => false,
        );
      await until(isReady, 'the servers to agree on a leader');
      await startNodes(3);
    });

    it('whose leader is killed goes on under another one', async () => {
      const before = await leader();
      const names = await Promise.all(
        servers.map(async (server) => {
          const connection = await connect({ servers: server.url });
          const { server_name: name } = connection.info!;
          await connection.close();
          return name;
        }),
      );
      await servers[names.indexOf(before!)]!.kill();
      await until(async () => ![undefined, '', before].includes(await leader()), 'another leader', 40_000);
      await counting.confirms();
      await expectEnd();
    }, 90_000);

    it('whose leader steps down goes on under another one', async () => {
      for (let round = 0; round < 3; round++) {
        const before = await leader();
        await outsider.request(`$JS.API.STREAM.LEADER.STEPDOWN.${STREAM}`);
        await until(async () => ![undefined, '', before].includes(await leader()), 'another leader');
        await counting.confirms();
      }
      await expectEnd();
    });
  });

  it('that is said to have another leader is looked at anew', async () => {
    await startServers(1);
    await startNodes(1);
    const statuses: string[] = [];
    nodes[1]!.broker.status.subscribe((status) => statuses.push(status));
    outsider.publish(`$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.${STREAM}`, '{}');
    await until(() => statuses.length === 3, 'two changes of status');
    expect(statuses).toEqual(['up', 'down', 'up']);
    await counting.confirms();
    await expectEnd();
  });
});
