// History: what came after a position, completely or not, and never something else.

import { describe, expect, it } from '@jest/globals';
import type { TopicEntry } from '../../../lib/topic/broker.js';
import type { Position } from '../../../lib/topic/position.js';
import { expectChain, last, type Nodes, numbered, type TestNode, textsOf } from './nodes.js';

const MAX_AGE_MS = 500;

export function describeHistory(nodes: Nodes): void {
  describe('remembers', () => {
    it('what came after each position', async () => {
      const all = await nodes.startAll();
      const { positions, entries } = await publish(all[0], last(all), numbered('message', 1, 20));
      for (const node of all) {
        for (const [i, since] of positions.entries()) {
          const history = await node.history('room', since);
          expect(history.isComplete).toBe(true);
          expect(history.position).toEqual(positions.at(-1));
          expect(history.entries).toEqual(entries.slice(i));
          expectChain(history.entries, since);
        }
      }
      nodes.expectNoFailures();
    });

    it('nothing of a topic that nothing was published to', async () => {
      const node = await nodes.start();
      const position = (await node.subscribe('room'))!;
      await node.publish('other', 'elsewhere');
      const history = await node.history('room', position);
      expect(history).toMatchObject({ entries: [], isComplete: true });
      expect(history.position.epoch).toBe(position.epoch);
    });

    it('what was published while nobody was subscribed', async () => {
      const all = await nodes.startAll();
      const node = all[0];
      await node.subscribe('room');
      const since = (await last(all).publish('room', 'seen'))!;
      await node.take('room', 1);
      await node.unsubscribe('room');
      for (const text of numbered('missed', 1, 5)) await last(all).publish('room', text);
      const position = (await node.subscribe('room'))!;
      const history = await node.history('room', since);
      expect(history).toMatchObject({ isComplete: true, position });
      expect(textsOf(history.entries)).toEqual(numbered('missed', 1, 5));
      expectChain(history.entries, since);

      await last(all).publish('room', 'later');
      expectChain(await node.take('room', 1), position);
    });

    it('what a node published that is closed', async () => {
      const all = await nodes.startAll();
      if (all.length === 1) return;
      const { positions } = await publish(all[0], last(all), numbered('message', 1, 5));
      await last(all).close();
      const history = await all[0].history('room', positions[0]!);
      expect(textsOf(history.entries)).toEqual(numbered('message', 1, 5));
      expect(history.isComplete).toBe(true);
    });

    it('a message as it was published', async () => {
      const node = await nodes.start();
      const since = (await node.subscribe('room'))!;
      const message = { body: '{"event":"wörd", "data":"\\u00e9 é \u{1f600} \u2028"}', except: ['a', '\u{1f600}'] };
      const large = { body: JSON.stringify({ event: 'large', data: '€'.repeat(100_000) }) };
      await node.publishMessage('room', message);
      await node.publishMessage('room', large);
      const { entries } = await node.history('room', since);
      expect(entries[0]!.message).toEqual(message);
      expect(entries[1]!.message!.body === large.body).toBe(true);
    });

    it('a topic from the very beginning, while it is published to', async () => {
      const all = await nodes.startAll();
      const since = (await all[0].subscribe('room'))!;
      const published = numbered('message', 1, 100).map((text) => last(all).publish('room', text));
      const histories = await Promise.all(numbered('history', 1, 20).map(() => all[0].history('room', since)));
      await Promise.all(published);
      for (const { entries, isComplete, position } of histories) {
        expect(isComplete).toBe(true);
        expect(textsOf(entries)).toEqual(numbered('message', 1, entries.length));
        expectChain(entries, since);
        if (entries.length > 0) expect(position).toEqual(entries.at(-1)!.position);
      }
    });
  });

  describe('says that it does not know', () => {
    it('what came after a position of another epoch', async () => {
      const node = await nodes.start();
      const { positions } = await publish(node, node, numbered('message', 1, 3));
      for (const { epoch, offset } of positions) {
        for (const other of ['', 'another', `${epoch}0`, epoch.slice(0, -1)]) {
          await expectUnknown(node, { epoch: other, offset }, positions.at(-1)!);
        }
      }
    });

    it('what came after a position that was never reached', async () => {
      const node = await nodes.start();
      const { positions } = await publish(node, node, numbered('message', 1, 3));
      const { epoch, offset } = positions.at(-1)!;
      for (const beyond of [offset + 1, offset + 1_000, Number.MAX_SAFE_INTEGER]) {
        await expectUnknown(node, { epoch, offset: beyond }, positions.at(-1)!);
      }
    });

    it('what clients say that know no better', async () => {
      const node = await nodes.start();
      const { positions } = await publish(node, node, numbered('message', 1, 3));
      for (const epoch of ['*', '>', 'a b', 'é', '\0', '\r\n', 'e'.repeat(10_000), '__proto__']) {
        await expectUnknown(node, { epoch, offset: 0 }, positions.at(-1)!);
      }
      await node.publish('room', 'still here');
      nodes.expectNoFailures();
    });

    it('what was too much', async () => {
      const all = await nodes.startAll({ maxMessages: 5 });
      const { positions, entries } = await publish(all[0], last(all), numbered('message', 1, 20));
      const end = positions.at(-1)!;
      for (const node of all) {
        for (const since of positions.slice(0, 15)) await expectUnknown(node, since, end);
        for (const [i, since] of positions.entries()) {
          const history = await node.history('room', since);
          // One that has 5 of 5 may not be able to tell whether a sixth was before them.
          if (i >= 16) expect(history.isComplete).toBe(true);
          if (history.isComplete) expect(history.entries).toEqual(entries.slice(i));
        }
      }
    });

    it('what was too old', async () => {
      const all = await nodes.startAll({ maxAgeMs: MAX_AGE_MS });
      const { positions } = await publish(all[0], last(all), numbered('message', 1, 3));
      for (const since of positions.slice(0, -1)) await becomesUnknown(all[0], since);
      // And goes on, in the epoch that it says then.
      const more = await publish(all[0], last(all), numbered('more', 1, 3));
      expect(textsOf(more.entries)).toEqual(numbered('more', 1, 3));
      expectChain(more.entries.slice(1), more.entries[0]!.position!);
    });
  });
}

/** Publishes to a room, and waits for all of it. @returns where the room stood before, and after each message */
async function publish(
  reader: TestNode,
  publisher: TestNode,
  texts: readonly string[],
): Promise<{ positions: Position[]; entries: TopicEntry[] }> {
  const positions = [(await reader.subscribe('room'))!];
  for (const text of texts) positions.push((await publisher.publish('room', text))!);
  const entries = await reader.take('room', texts.length);
  await reader.unsubscribe('room');
  return { positions, entries };
}

async function expectUnknown(node: TestNode, since: Position, position: Position): Promise<void> {
  expect(await node.history('room', since)).toEqual({ entries: [], isComplete: false, position });
}

/** Time passes. */
async function becomesUnknown(node: TestNode, since: Position): Promise<void> {
  const limit = performance.now() + 10_000;
  while ((await node.history('room', since)).isComplete) expect(performance.now()).toBeLessThan(limit);
}
