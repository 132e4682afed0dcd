// What may happen to a Redis server and to the network before it, with real ones, below a real topic table: subscribers stay,
// nothing is lost without a word, nothing comes twice, and everything works again without help.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeWithRedis, type RedisServer } from '../../../support/redis-server.js';
import { until } from '../../../support/bounded-wait.js';
import type { TcpProxy } from '../../../support/tcp-proxy.js';
import { expectClear, expectWell, RedisStage } from './redis-stage.js';
import { PUBLISH_LIMIT_MS, type TableNode } from './table-node.js';

describeWithRedis('RedisBroker survives', () => {
  const stage = new RedisStage();
  let server: RedisServer;
  let proxy: TcpProxy;
  const start = (port = proxy.port): Promise<TableNode> => stage.node(port);

  beforeEach(() => begin());
  afterEach(() => stage.end());

  async function begin(...settings: string[]): Promise<void> {
    server = await stage.server(...settings);
    proxy = await stage.proxy(server);
  }

  it.each([
    ['that lost everything', []],
    ['with an append-only file', ['--appendonly', 'yes', '--appendfsync', 'always']],
  ])('a server that is killed for seconds and comes back, %s', async (_, settings) => {
    await begin(...settings);
    const [node, other] = [await start(), await start()];
    const witness = await node.join('room');
    const numbers = other.publishNumbers('room');
    for (let round = 1; round <= 3; round++) {
      await numbers.grow(20);
      await server.kill();
      await until(() => numbers.errors.length >= 2 * round, 'messages that could not be published');
      await server.start();
      await numbers.grow(20);
    }
    await numbers.stop();
    await expectWell(witness, node, other);
    expectClear(numbers.errors);
    // How many there are is a question of time: a server that goes again before it was asked makes one of two.
    expect(witness.gaps).toBeGreaterThan(0);
  });

  it('a server that is stopped for longer than the limits, and publishes nothing late afterwards', async () => {
    const [node, other] = [await start(), await start()];
    const witness = await node.join('room');
    const numbers = other.publishNumbers('room');
    await numbers.grow(20);
    server.freeze();
    // On connections that are still thought to be there.
    const late = Array.from({ length: 20 }, (_, i) => other.publish('room', `late ${i}`));
    const over = performance.now() + PUBLISH_LIMIT_MS;
    const refused = await Promise.allSettled(late);
    expectClear(refused.map((each) => each.status === 'rejected' && each.reason));
    for (const each of refused) expect(each).toMatchObject({ reason: { mayBePublished: true } });
    await Promise.all([node.becomes('down'), other.becomes('down')]);
    await until(() => performance.now() > over, 'the end of the time limit');
    server.thaw();
    await numbers.grow(20);
    await numbers.stop();
    await expectWell(witness, node, other);
    expect(witness.gaps).toBe(0);
    expect(witness.received.filter((data) => String(data).startsWith('late'))).toEqual([]);
    for (const number of numbers.confirmed.keys()) expect(witness.received).toContain(number);
  });

  it('FLUSHALL, with a reported gap, in a new epoch', async () => {
    const [node, other] = [await start(), await start()];
    const witness = await node.join('room');
    const numbers = other.publishNumbers('room');
    await numbers.grow(20);
    await server.ask('FLUSHALL');
    await numbers.grow(20);
    await numbers.stop();
    await expectWell(witness, node, other);
    expect(witness.gaps).toBe(1);
    expect(numbers.errors).toEqual([]);
    expect(new Set(witness.told.map(({ position }) => position.epoch)).size).toBe(2);
  });

  it.each(['to-server', 'to-client'] as const)('a network that carries nothing %s', async (direction) => {
    const [node, remote] = [await start(), await start(server.port)];
    const witness = await node.join('room');
    const [numbers, own] = [remote.publishNumbers('room'), node.publishNumbers('own')];
    await Promise.all([numbers.grow(20), own.grow(20)]);
    proxy.swallow(direction);
    await node.becomes('down');
    await own.stop();
    expectClear(own.errors);
    await numbers.stop();
    proxy.heal();
    await expectWell(witness, node, remote);
    expect(numbers.errors).toEqual([]);
  });

  it('the loss of the subscriptions alone, and recovers what was published meanwhile', async () => {
    const [node, other] = [await start(), await start()];
    const witness = await node.join('room');
    const numbers = other.publishNumbers('room');
    for (let round = 0; round < 5; round++) {
      await numbers.grow(10);
      await server.ask('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await node.becomes('down');
      await node.becomes('up');
    }
    await numbers.stop();
    await expectWell(witness, node, other);
    expect(numbers.errors).toEqual([]);
    expect(witness.gaps).toBe(0);
    for (const number of numbers.confirmed.keys()) expect(witness.received).toContain(number);
  });

  it('being too slow for the output buffer of the server', async () => {
    await server.ask('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 200kb 200kb 1');
    const options = { history: { maxMessages: 256 } };
    const [node, remote] = [await stage.node(proxy.port, options), await stage.node(server.port, options)];
    const witness = await node.join('room');
    proxy.hold('to-client');
    // More than the buffers of the system hold, and more than history keeps.
    const large = 'x'.repeat(50_000);
    for (let i = 0; i < 400; i++) await remote.publish('room', `${i} ${large}`);
    await until(() => node.status === 'down', 'the loss of the connection');
    proxy.heal();
    await expectWell(witness, node, remote);
    expect(witness.gaps).toBe(1);
  });

  it('the loss of its scripts, and a server without memory', async () => {
    const node = await start();
    const witness = await node.join('room');
    await server.ask('SCRIPT', 'FLUSH');
    await expectWell(witness, node);
    await server.ask('CONFIG', 'SET', 'maxmemory', 1);
    const refused = node.publish('room', 'too much');
    await expect(refused).rejects.toThrow(/refused what it was asked: .*maxmemory/);
    await expect(refused).rejects.toMatchObject({ mayBePublished: false });
    await server.ask('CONFIG', 'SET', 'maxmemory', 0);
    await expectWell(witness, node);
    expect(witness.gaps).toBe(0);
  });
});
