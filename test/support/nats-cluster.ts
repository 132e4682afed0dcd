// Three real NATS servers that are one cluster, in which JetStream keeps each stream as often as it is asked to.

import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { within } from './bounded-wait.js';
import { freePort } from './free-port.js';
import { NatsServer } from './nats-server.js';

const NAMES = ['one', 'two', 'three'];

export class NatsCluster {
  /** By their names. */
  private readonly servers: ReadonlyMap<string, NatsServer>;
  private readonly connection: NatsConnection;
  private readonly manager: JetStreamManager;

  static async start(): Promise<NatsCluster> {
    const ports = await Promise.all(NAMES.map(() => freePort()));
    const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
    const servers = await Promise.all(
      NAMES.map(async (name, i): Promise<[string, NatsServer]> => {
        const cluster = `cluster: { name: nestwire, listen: "127.0.0.1:${ports[i]}", routes: [${routes}] }`;
        return [name, await NatsServer.start({ settings: `server_name: ${name}\n${cluster}\n` })];
      }),
    );
    const urls = servers.map(([, { url }]) => url);
    const connection = await connect({ servers: urls, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 1_000 });
    const cluster = new NatsCluster(new Map(servers), connection, manager);
    await within(cluster.isReady(), 'a cluster that makes streams');
    return cluster;
  }

  private constructor(servers: ReadonlyMap<string, NatsServer>, connection: NatsConnection, manager: JetStreamManager) {
    this.servers = servers;
    this.connection = connection;
    this.manager = manager;
  }

  /** The server that leads a stream. */
  async leaderOf(stream: string): Promise<NatsServer> {
    const name = (await this.manager.streams.info(stream)).cluster?.leader;
    return this.servers.get(name ?? '')!;
  }

  get urls(): string[] {
    return [...this.servers.values()].map(({ url }) => url);
  }

  /** The leader of a stream hands it over to another server. */
  async stepDown(stream: string): Promise<void> {
    const answer = await this.connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.${stream}`);
    const { success } = answer.json<{ success?: boolean }>();
    if (success !== true) throw new Error(`no other leader of ${stream}: ${answer.string()}`);
  }

  async close(): Promise<void> {
    await this.connection.close();
    await Promise.all([...this.servers.values()].map((server) => server.close()));
  }

  /** Until its servers have found each other, none of them makes streams. */
  private async isReady(): Promise<void> {
    const trial = { name: 'trial', subjects: ['trial'], num_replicas: NAMES.length };
    while ((await this.manager.streams.add(trial).catch(() => undefined)) === undefined);
    await this.manager.streams.delete(trial.name);
  }
}
