// Nodes that end, as processes of their own, over what was built. One is killed while it publishes: the others go on with what it
// published, in order and once. One is killed while it has a member, which is gone with it. One leaves while its server stands still,
// and is held up by nothing.

import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { NatsBroker } from '../../../../lib/topic/brokers/nats/nats.broker.js';
import { within } from '../../../support/bounded-wait.js';
import { describeWithNats, NatsServer } from '../../../support/nats-server.js';
import { expectTakenForDead, KILLED_NODE_TEST_MS } from '../killed-node.js';
import { expectNoSilentLoss, TopicNode } from '../topic-node.js';

const ENOUGH = 500;

describeWithNats('a node that ends', () => {
  let server: NatsServer;
  let node: TopicNode | undefined;

  beforeEach(async () => {
    server = await NatsServer.start();
  });
  afterEach(async () => {
    await node?.close();
    node = undefined;
    await server.close();
  });

  it.each([false, true])('being killed, leaves what it published in order, JetStream: %s', async (jetstream) => {
    const history = jetstream ? { history: { maxMessages: 1_000_000 } } : {};
    node = await TopicNode.start(new NatsBroker({ servers: server.url, jetstream, ...history }));
    const listener = await node.listen('room');
    const script = 'test/topic/brokers/nats/publishing-node.mjs';
    const child = spawn(process.execPath, [script, server.url, String(jetstream)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    const confirmed: number[] = [];
    const lines = createInterface({ input: child.stdout });
    const end = once(lines, 'close');
    const enough = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        confirmed.push(Number(line));
        if (confirmed.length === ENOUGH) resolve();
      });
    });
    await within(enough, 'messages of the other node', 20_000);
    child.kill('SIGKILL');
    await Promise.all([exit, end]);

    const last = 10_000_000;
    await node.publish('room', last);
    await listener.hears(last);
    expect(confirmed.length).toBeGreaterThanOrEqual(ENOUGH);
    expectNoSilentLoss(listener.told, [...confirmed, last], 0);
    expect(listener.gaps).toBe(0);
  });

  it(
    'being killed, is taken for dead',
    async () => {
      node = await TopicNode.start(new NatsBroker({ servers: server.url }));
      const { id } = await node.listen('room');
      const script = 'test/topic/brokers/nats/quiet-node.mjs';
      const child = spawn(process.execPath, [script, server.url], { stdio: ['ignore', 'pipe', 'inherit'] });
      const exit = once(child, 'exit');
      try {
        await within(once(child.stdout, 'data'), 'the other node to start');
        const { members, isComplete } = await node.broker.presence('room');
        expect(members).toHaveLength(2);
        expect(members).toEqual(expect.arrayContaining([{ id }, { id: 'member' }]));
        expect(isComplete).toBe(true);
      } finally {
        child.kill('SIGKILL');
      }
      await exit;
      await expectTakenForDead(node.broker, 'room', [{ id }]);
    },
    KILLED_NODE_TEST_MS,
  );

  it('lets go of everything, though the server stands still', async () => {
    const script = 'test/topic/brokers/nats/leaving-node.mjs';
    const child = spawn(process.execPath, [script, server.url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(child, 'exit');
    try {
      await within(once(child.stdout, 'data'), 'the other node to start');
      server.pause();
      expect(await within(exit, 'its end')).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
      server.resume();
    }
  });
});
