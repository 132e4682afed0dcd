// Presence: who is in a topic, over all nodes that are there.

import { describe, expect, it } from '@jest/globals';
import type { Presence, PresentMember } from '../../../lib/topic/broker.js';
import { within } from '../../support/bounded-wait.js';
import { type BrokerHarness, last, type Nodes, type TestNode } from './nodes.js';

export function describePresence({ hasManyNodes }: BrokerHarness, nodes: Nodes): void {
  describe('says who is there', () => {
    it('where nobody is', async () => {
      for (const node of await nodes.startAll()) await becomes(node, []);
    });

    it('on all nodes, whether their topics are subscribed or not', async () => {
      const all = await nodes.startAll();
      const expected: PresentMember[] = [];
      for (const [i, node] of all.entries()) {
        const members = [{ id: `${i} a`, info: { name: 'Ada \u{1f600}\n', tags: [1, null, 'é'] } }, { id: `${i} b` }];
        node.sink.members.set('room', members);
        node.sink.members.set('other', [{ id: `${i} c` }]);
        expected.push(...members);
      }
      for (const node of all) await becomes(node, expected);
    });

    it('as it is now', async () => {
      const all = await nodes.startAll();
      last(all).sink.members.set('room', [{ id: 'a' }]);
      await becomes(all[0], [{ id: 'a' }]);
      last(all).sink.members.set('room', [{ id: 'b' }]);
      expect(await ask(all[0])).toEqual({ members: [{ id: 'b' }], isComplete: true });
      last(all).sink.members.delete('room');
      expect(await ask(all[0])).toEqual({ members: [], isComplete: true });
    });

    it('to many who ask at a time', async () => {
      const all = await nodes.startAll();
      for (const [i, node] of all.entries()) node.sink.members.set('room', [{ id: `${i}` }]);
      const expected = all.map((_, i) => ({ id: `${i}` }));
      for (const node of all) await becomes(node, expected);
      const answers = await Promise.all(all.flatMap((node) => Array.from({ length: 50 }, () => ask(node))));
      for (const answer of answers) expect(sorted(answer)).toEqual({ members: expected, isComplete: true });
    });

    it('where ten thousand are', async () => {
      const all = await nodes.startAll();
      const members = Array.from({ length: 10_000 }, (_, i) => ({ id: `member ${i}`, info: { name: `Name ${i}` } }));
      last(all).sink.members.set('room', members);
      await becomes(all[0], members);
      nodes.expectNoFailures();
    });

    if (!hasManyNodes) return;

    it('without the nodes that have closed', async () => {
      const [first, second, third] = (await nodes.startAll()) as [TestNode, TestNode, TestNode];
      for (const [i, node] of [first, second, third].entries()) node.sink.members.set('room', [{ id: `${i}` }]);
      await becomes(first, [{ id: '0' }, { id: '1' }, { id: '2' }]);
      await second.close();
      await becomes(first, [{ id: '0' }, { id: '2' }]);
      await becomes(third, [{ id: '0' }, { id: '2' }]);
    });

    it('with the nodes that came later', async () => {
      const first = await nodes.start();
      await becomes(first, []);
      const second = await nodes.start();
      second.sink.members.set('room', [{ id: 'late' }]);
      await becomes(first, [{ id: 'late' }]);
      await becomes(second, [{ id: 'late' }]);
    });
  });
}

function ask(node: TestNode): Promise<Presence> {
  return within(node.broker.presence('room'), 'a presence');
}

/** Nodes hear of each other by and by. */
async function becomes(node: TestNode, members: readonly PresentMember[]): Promise<void> {
  const expected = sorted({ members, isComplete: true });
  const limit = performance.now() + 10_000;
  for (;;) {
    const presence = sorted(await ask(node));
    if (JSON.stringify(presence) === JSON.stringify(expected)) return;
    if (performance.now() > limit) expect(presence).toEqual(expected);
  }
}

function sorted({ members, isComplete }: Presence): Presence {
  const copies = members.map(({ id, info }) => (info === undefined ? { id } : { id, info }));
  return { members: copies.sort((one, other) => (one.id < other.id ? -1 : 1)), isComplete };
}
