// What happens when another server takes over, or the same one in another role, and when a node dies: nothing that was lost on the
// way is passed over, and no place in a topic is given twice within an epoch.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until, within } from '../../../support/bounded-wait.js';
import { describeWithRedis, type RedisServer } from '../../../support/redis-server.js';
import type { TcpProxy } from '../../../support/tcp-proxy.js';
import { expectTakenForDead, KILLED_NODE_TEST_MS } from '../killed-node.js';
import { AT_ONCE, expectWell, RedisStage } from './redis-stage.js';
import type { TableNode } from './table-node.js';

describeWithRedis('RedisBroker survives', () => {
  const stage = new RedisStage();
  let server: RedisServer;
  let proxy: TcpProxy;
  const start = (port = proxy.port): Promise<TableNode> => stage.node(port);

  beforeEach(async () => {
    server = await stage.server(...AT_ONCE);
    proxy = await stage.proxy(server);
  });
  afterEach(() => stage.end());

  async function replica(of: RedisServer): Promise<RedisServer> {
    const replica = await stage.server(...AT_ONCE);
    await replica.ask('REPLICAOF', '127.0.0.1', of.port);
    await follows(replica);
    return replica;
  }

  async function follows(replica: RedisServer): Promise<void> {
    while (!String(await replica.ask('INFO', 'replication')).includes('master_link_status:up'));
  }

  it('a failover to a replica that did not get everything', async () => {
    const other = await replica(server);
    const [node, second] = [await start(), await start()];
    const witness = await node.join('room');
    const numbers = second.publishNumbers('room');
    await numbers.grow(50);
    // The replica is cut off, and what is published now is lost with the master.
    await other.ask('REPLICAOF', 'NO', 'ONE');
    await numbers.grow(50);
    proxy.target = other.port;
    await server.kill();
    await numbers.grow(50);
    await numbers.stop();
    await expectWell(witness, node, second);
    expect(witness.gaps).toBe(1);
    expect(new Set(witness.told.map(({ position }) => position.epoch)).size).toBe(2);
  });

  it('a failover in which the old master lives on, and nodes are still connected to it', async () => {
    const other = await replica(server);
    const [node, second] = [await start(), await start()];
    const witness = await node.join('room');
    const numbers = second.publishNumbers('room');
    await numbers.grow(20);
    await other.ask('REPLICAOF', 'NO', 'ONE');
    proxy.target = other.port;
    await numbers.grow(20);
    // From now on it takes no messages: the connections are good, and of no use.
    await server.ask('REPLICAOF', '127.0.0.1', other.port);
    await numbers.grow(20);
    await numbers.stop();
    expect(numbers.errors).toEqual([]);
    await expectWell(witness, node, second);
    expect(witness.gaps).toBeGreaterThan(0);
  });

  it('a master that was a replica for a while, and forgot what it had published before', async () => {
    const other = await replica(server);
    const node = await start();
    const witness = await node.join('room');
    await node.publish('room', 'known to both');
    await witness.sees('known to both');
    while (Number(await other.ask('EXISTS', 'nestwire:{t-room}:log')) === 0);
    await other.ask('REPLICAOF', 'NO', 'ONE');
    const lost = await node.publish('room', 'lost');
    await witness.sees('lost');
    await server.ask('REPLICAOF', '127.0.0.1', other.port);
    await follows(server);
    await server.ask('REPLICAOF', 'NO', 'ONE');

    // By its next ping.
    await until(() => node.failures.length > 0, 'a word in the log');
    await expectWell(witness, node);
    const found = await node.publish('room', 'found');
    expect(found.epoch).not.toBe(lost.epoch);
    await expectWell(witness, node);
    expect(witness.gaps).toBe(1);
  });

  it('a load balancer that sends its two connections to different servers', async () => {
    const node = await start();
    const witness = await node.join('room');
    const elsewhere = await stage.server(...AT_ONCE);
    const stop = alternate(proxy, [server.port, elsewhere.port]);
    proxy.cut();
    await node.becomes('down');
    await until(() => node.failures.length > 0, 'a word in the log');
    stop();
    proxy.target = server.port;
    await expectWell(witness, node);
  });

  it(
    'the death of a node in the middle of publishing',
    async () => {
      const node = await start();
      const witness = await node.join('room');
      const child = spawn(process.execPath, [`${import.meta.dirname}/publishing-process.mjs`, server.url, 'room'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      stage.onEnd(async () => void child.kill('SIGKILL'));
      const confirmed: number[] = [];
      const lines = createInterface({ input: child.stdout }).on('line', (line) => confirmed.push(Number(line)));
      await within(once(lines, 'line'), 'the first message of the other node', 20_000);
      await until(() => confirmed.length > 500, 'messages of the other node');
      expect((await node.broker.presence('room')).members).toContainEqual({ id: 'of the process' });
      const exited = once(child, 'close');
      child.kill('SIGKILL');
      await exited;

      await expectTakenForDead(node.broker, 'room', [{ id: witness.id }]);
      await expectWell(witness, node);
      expect(witness.gaps).toBe(0);
      const numbers = witness.received.filter((data) => typeof data === 'number');
      expect(numbers).toEqual(Array.from(numbers, (_, i) => i + 1));
      expect(numbers.length).toBeGreaterThanOrEqual(confirmed.length);
    },
    KILLED_NODE_TEST_MS,
  );
});

/** Each connection goes to the next one. @returns what ends it */
function alternate(proxy: TcpProxy, ports: readonly number[]): () => void {
  let turn = 0;
  const own = Object.getOwnPropertyDescriptor(proxy, 'target')!;
  Object.defineProperty(proxy, 'target', { configurable: true, get: () => ports[turn++ % ports.length] });
  return () => void Object.defineProperty(proxy, 'target', own);
}
