// What happens while the broker cannot be reached, and afterwards: nothing is lost without a word, nothing comes too late.

import { describe, expect, it } from '@jest/globals';
import { BrokerClosedError } from '../../../lib/topic/broker.js';
import type { Position } from '../../../lib/topic/position.js';
import { type BrokerHarness, expectChain, last, messageOf, type Nodes, type TestNode, textsOf } from './nodes.js';

type Outage = NonNullable<BrokerHarness['outage']>;

export function describeOutage(outage: Outage, { hasHistory }: BrokerHarness, nodes: Nodes): void {
  describe('survives an outage', () => {
    async function begin(all: readonly TestNode[]): Promise<void> {
      await outage.begin();
      for (const node of all) await node.reaches('down');
    }

    async function end(all: readonly TestNode[]): Promise<void> {
      await outage.end();
      for (const node of all) await node.reaches('up');
    }

    it('tells it, and delivers again afterwards, having said that something may be missing', async () => {
      const all = await nodes.startAll();
      for (const node of all) await node.subscribe('room');
      await last(all).publish('room', 'before');
      for (const node of all) await node.take('room', 1);
      await begin(all);
      await end(all);

      for (const node of all) {
        await node.sink.interruptions.next();
        expect(node.statuses.slice(-2)).toEqual(['down', 'up']);
      }
      await last(all).publish('room', 'after');
      for (const node of all) expect(textsOf(await node.take('room', 1))).toEqual(['after']);
    });

    it('does not publish what waited beyond its deadline, and publishes what did not', async () => {
      const all = await nodes.startAll();
      await all[0].subscribe('room');
      await begin(all);
      const late = last(all).publishMessage('room', messageOf('too late'), performance.now() + 50);
      await expect(late).rejects.toMatchObject({ name: 'BrokerUnavailableError', mayBePublished: false });
      const waiting = last(all).publish('room', 'waited');
      await end(all);

      await all[0].sink.interruptions.next();
      const position = await waiting;
      const next = await last(all).publish('room', 'after');
      // What came before the subscription was there again is known to history only.
      let texts = textsOf(await all[0].take('room', 1));
      if (texts[0] === 'waited') texts = textsOf(await all[0].take('room', 1));
      expect(texts).toEqual(['after']);
      if (hasHistory) expectChain([{ message: undefined, position: next, previous: position!.offset }], position!);
    });

    it('goes on with history where it can, and otherwise says that it cannot', async () => {
      if (!hasHistory) return;
      const all = await nodes.startAll();
      const since = (await all[0].subscribe('room'))!;
      await last(all).publish('room', 'before');
      const [before] = await all[0].take('room', 1);
      await begin(all);
      await end(all);
      await all[0].sink.interruptions.next();
      await last(all).publish('room', 'after');
      const [after] = await all[0].take('room', 1);

      await expectNoGap(all[0], since, ['before', 'after'], after!.position!);
      await expectNoGap(all[0], before!.position!, ['after'], after!.position!);
      if (after!.position!.epoch === since.epoch) expectChain([before!, after!], since);
    });

    it('takes subscriptions and their end meanwhile', async () => {
      const all = await nodes.startAll();
      await all[0].subscribe('ending');
      await begin(all);
      const unsubscribed = all[0].unsubscribe('ending');
      const subscribed = all[0].subscribe('room');
      await end(all);
      await unsubscribed;
      await subscribed;

      await last(all).publish('ending', 'not wanted any more');
      await last(all).publish('room', 'wanted');
      expect(textsOf(await all[0].take('room', 1))).toEqual(['wanted']);
      expect(all[0].sink.entriesOf('ending').size).toBe(0);
    });

    it('can be closed in the middle of it, and rejects what is pending', async () => {
      const all = await nodes.startAll();
      await all[0].subscribe('room');
      await begin(all);
      const calls = [all[0].publish('room', 'pending'), all[0].subscribe('other')];
      const settled = Promise.allSettled(calls);
      for (const node of all) await node.close();
      expect((await settled)[0]).toEqual({ status: 'rejected', reason: expect.any(BrokerClosedError) });
      for (const result of await settled) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(BrokerClosedError);
      }
      expect(all[0].statuses.at(-1)).toBe('closed');
      await outage.end();
    });
  });
}

/** History has all of it, or knows that it has not. */
async function expectNoGap(node: TestNode, since: Position, texts: readonly string[], end: Position): Promise<void> {
  const history = await node.history('room', since);
  expect(history.position).toEqual(end);
  expect(textsOf(history.entries)).toEqual(history.isComplete ? texts : []);
  expect(history.isComplete && end.epoch !== since.epoch).toBe(false);
}
