// How a broker begins and ends: start, status, close at any time, and what its calls answer afterwards.

import { describe, expect, it } from '@jest/globals';
import { BrokerClosedError, BrokerUnavailableError } from '../../../lib/topic/broker.js';
import { within } from '../../support/bounded-wait.js';
import { type BrokerHarness, messageOf, type Nodes, type TestNode } from './nodes.js';

export function describeLife({ hasHistory, createUnreachable }: BrokerHarness, nodes: Nodes): void {
  describe('begins and ends', () => {
    it('says what it declares', async () => {
      expect((await nodes.create()).broker.hasHistory).toBe(hasHistory);
    });

    it('tells its status from the beginning to the end', async () => {
      const node = await nodes.create();
      expect(node.statuses).toEqual(['closed']);
      await node.start();
      expect(node.statuses).toEqual(['closed', 'up']);
      const late: string[] = [];
      node.broker.status.subscribe((status) => late.push(status));
      expect(late).toEqual(['up']);

      await node.close();
      expect(node.statuses).toEqual(['closed', 'up', 'closed']);
      expect(node.isStatusComplete).toBe(true);
      nodes.expectNoFailures();
    });

    it('may be closed twice, also at once', async () => {
      const node = await nodes.start();
      await Promise.all([node.close(), node.close()]);
      await node.close();
      expect(node.statuses).toEqual(['closed', 'up', 'closed']);
      nodes.expectNoFailures();
    });

    it('may be closed without having been started', async () => {
      const node = await nodes.create();
      await node.close();
      expect(node.statuses.at(-1)).toBe('closed');
      expect(node.isStatusComplete).toBe(true);
    });

    it('may be closed while it starts', async () => {
      const node = await nodes.create();
      const started = node.start().catch((error: unknown) => error);
      await node.close();
      expect([undefined, expect.any(BrokerClosedError)]).toContainEqual(await started);
      expect(node.statuses.at(-1)).toBe('closed');
      expect(node.isStatusComplete).toBe(true);
      await expectClosed(node, hasHistory);
    });

    it('answers or rejects the calls that are pending when it is closed', async () => {
      const node = await nodes.start();
      await node.subscribe('room');
      const calls = [node.publish('room', 'a'), node.subscribe('other'), node.publish('other', 'b')];
      const pending = [...calls, node.broker.presence('room')];
      const settled = Promise.allSettled(pending);
      await node.close();

      for (const result of await within(settled, 'the pending calls')) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(BrokerClosedError);
      }
    });

    it('refuses all calls once it is closed, and delivers nothing any more', async () => {
      const node = await nodes.start();
      const other = await nodes.start();
      await node.subscribe('room');
      await node.close();
      await expectClosed(node, hasHistory);

      await other.publish('room', 'too late');
      await other.subscribe('room');
      await other.publish('room', 'for the other');
      await other.take('room', 1);
      expect(node.sink.entriesOf('room').size).toBe(0);
      expect(node.sink.interruptions.size).toBe(0);
      nodes.expectNoFailures();
    });

    it('refuses all calls before it is started', async () => {
      await expectClosed(await nodes.create(), hasHistory);
    });

    if (createUnreachable === undefined) return;

    it('says what to change where it finds nobody, and lets go of everything', async () => {
      const node = nodes.add(await createUnreachable());
      const error = await node.start().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(error).toBeInstanceOf(BrokerUnavailableError);
      expect((error as Error).message).toMatch(/\w+ \w+/);
      expect(node.statuses).not.toContain('up');
      await node.close();
      expect(node.statuses.at(-1)).toBe('closed');
      expect(node.isStatusComplete).toBe(true);
    });
  });
}

async function expectClosed(node: TestNode, hasHistory: boolean): Promise<void> {
  const deadline = performance.now() + 1_000;
  await expect(node.subscribe('room')).rejects.toThrow(BrokerClosedError);
  await expect(node.publishMessage('room', messageOf('a'), deadline)).rejects.toThrow(BrokerClosedError);
  await expect(node.broker.presence('room')).rejects.toThrow(BrokerClosedError);
  if (hasHistory) await expect(node.history('room', { epoch: 'e', offset: 0 })).rejects.toThrow(BrokerClosedError);
  // Whoever leaves while the application shuts down has nothing to complain of.
  await node.unsubscribe('room');
}
