// Live delivery: to whom, in which order, with which positions, and what is in a message when it arrives.

import { describe, expect, it } from '@jest/globals';
import { encodeBody, type TopicMessage } from '../../../lib/topic/topic-message.js';
import {
  type BrokerHarness,
  expectChain,
  last,
  messageOf,
  type Nodes,
  numbered,
  type TestNode,
  textsOf,
} from './nodes.js';

export function describeDelivery({ hasHistory, hasManyNodes }: BrokerHarness, nodes: Nodes): void {
  describe('delivers', () => {
    it('what is published to every node that is subscribed, the publishing one included', async () => {
      const all = await nodes.startAll();
      for (const node of all) await node.subscribe('room');
      for (const [i, node] of all.entries()) await node.publish('room', `from ${i}`);

      const expected = all.map((_, i) => `from ${i}`);
      for (const node of all) expect(textsOf(await node.take('room', all.length))).toEqual(expected);
      await expectNothingElse(all, last(all), 'room');
      nodes.expectNoFailures();
    });

    it('what is published without waiting in the order of its publisher', async () => {
      const all = await nodes.startAll();
      for (const node of all) await node.subscribe('room');
      const texts = numbered('message', 1, 300);
      await Promise.all(texts.map((text) => last(all).publish('room', text)));
      for (const node of all) expect(textsOf(await node.take('room', texts.length))).toEqual(texts);
    });

    it('what many publish at a time: each publisher in its order, with history all in one', async () => {
      const all = await nodes.startAll();
      for (const node of all) await node.subscribe('room');
      const published = all.map((_, i) => numbered(`node ${i} message`, 1, 100));
      await Promise.all(all.flatMap((node, i) => published[i]!.map((text) => node.publish('room', text))));

      const seen = [];
      for (const node of all) seen.push(textsOf(await node.take('room', published.flat().length)));
      for (const texts of seen) {
        for (const [i, own] of published.entries()) {
          expect(texts.filter((text) => String(text).startsWith(`node ${i} `))).toEqual(own);
        }
        if (hasHistory) expect(texts).toEqual(seen[0]);
      }
    });

    it('nothing of other topics', async () => {
      const all = await nodes.startAll();
      for (const node of all) await node.subscribe('ours');
      const publisher = last(all);
      for (const topic of ['theirs', 'our', 'ours2', 'Ours']) await publisher.publish(topic, 'not for us');
      await publisher.publish('ours', 'for us');
      for (const node of all) expect(textsOf(await node.take('ours', 1))).toEqual(['for us']);
      await expectNothingElse(all, publisher, 'theirs', 'our', 'ours2', 'Ours', 'ours');
    });

    it('nothing after unsubscribe, and again after subscribe', async () => {
      const [node, ...others] = await nodes.startAll();
      const publisher = last([node, ...others]);
      const before = await node.subscribe('room');
      await publisher.publish('room', 'first');
      const first = await node.take('room', 1);
      await node.unsubscribe('room');
      const missed = await publisher.publish('room', 'missed');
      await expectNothingElse([node], publisher, 'room');

      const after = await node.subscribe('room');
      await publisher.publish('room', 'second');
      const second = await node.take('room', 1);
      expect(textsOf([...first, ...second])).toEqual(['first', 'second']);
      if (!hasHistory) return expect([before, after, missed]).toEqual([undefined, undefined, undefined]);
      expect(after).toEqual(missed);
      expectChain(first, before!);
      expectChain(second, after!);
    });

    it('to the one that subscribes and unsubscribes many times as at the first', async () => {
      const [node, ...others] = await nodes.startAll();
      const publisher = last([node, ...others]);
      for (const text of numbered('round', 1, 20)) {
        await node.subscribe('room');
        await publisher.publish('room', text);
        expect(textsOf(await node.take('room', 1))).toEqual([text]);
        await node.unsubscribe('room');
      }
      await publisher.publish('room', 'nobody is there');
      await expectNothingElse([node], publisher, 'room');
    });

    it('on while another node unsubscribes', async () => {
      const all = await nodes.startAll();
      if (all.length === 1) return;
      for (const node of all) await node.subscribe('room');
      await all[1]!.unsubscribe('room');
      await last(all).publish('room', 'still here');
      expect(textsOf(await all[0].take('room', 1))).toEqual(['still here']);
      expect(textsOf(await last(all).take('room', 1))).toEqual(['still here']);
      await expectNothingElse([all[1]!], last(all), 'room');
    });

    it('all that is published after a subscription began, however much is published meanwhile', async () => {
      const [node, ...others] = await nodes.startAll();
      const publisher = last([node, ...others]);
      const texts = numbered('message', 1, 300);
      const published: Promise<unknown>[] = [];
      const publish = (some: readonly string[]): void => {
        for (const text of some) published.push(publisher.publish('room', text));
      };
      publish(texts.slice(0, 100));
      const subscribed = node.subscribe('room');
      publish(texts.slice(100, 200));
      const position = await subscribed;
      // Published after the call has answered, at least these come.
      publish(texts.slice(200));
      await Promise.all(published);

      const entries = [];
      while (textsOf(entries).at(-1) !== texts.at(-1)) entries.push(...(await node.take('room', 1)));
      if (!hasHistory) {
        expect(textsOf(entries)).toEqual(texts.slice(-entries.length));
        return expect(entries.length).toBeGreaterThanOrEqual(100);
      }
      const later = entries.filter((entry) => entry.position!.offset > position!.offset);
      expectChain(later, position!);
      expect(textsOf(later)).toEqual(texts.slice(-later.length));
      expect(later.length).toBeGreaterThanOrEqual(100);
    });

    it(hasHistory ? 'entries with the positions that publish returns' : 'entries without positions', async () => {
      const all = await nodes.startAll();
      const begin = await Promise.all(all.map((node) => node.subscribe('room')));
      const positions = [];
      for (const text of numbered('message', 1, 10)) positions.push(await last(all).publish('room', text));
      for (const [i, node] of all.entries()) {
        const entries = await node.take('room', 10);
        expect(entries.map(({ position }) => position)).toEqual(positions);
        if (hasHistory) expectChain(entries, begin[i]!);
        else for (const entry of entries) expect(entry).toMatchObject({ position: undefined, previous: undefined });
      }
    });

    it('a topic among many others that are busy', async () => {
      const all = await nodes.startAll();
      const topics = numbered('topic', 1, 50);
      const begin = new Map<string, Awaited<ReturnType<TestNode['subscribe']>>>();
      for (const topic of topics) begin.set(topic, await all[0].subscribe(topic));
      const texts = numbered('message', 1, 10);
      const published = texts.flatMap((text) => topics.map((topic) => last(all).publish(topic, `${topic} ${text}`)));
      await Promise.all(published);
      for (const topic of topics) {
        const entries = await all[0].take(topic, texts.length);
        expect(textsOf(entries)).toEqual(texts.map((text) => `${topic} ${text}`));
        if (hasHistory) expectChain(entries, begin.get(topic)!);
      }
    });

    it.each<[string, TopicMessage]>([
      ['without data', { body: encodeBody('told', undefined) }],
      ['of one node only', { body: encodeBody('told', null), except: ['a'] }],
      ['with many exceptions', { body: encodeBody('told', 1), except: numbered('\u{1f600} "\n\\', 1, 200) }],
      ['with no exceptions', { body: encodeBody('told', 1), except: [] }],
      [
        'of any characters',
        { body: encodeBody('wörd \u2028\u0000\r\n\t', ['\u{1f468}\u200d\u{1f469}', 'é', 'e\u0301', '\ufeff']) },
      ],
      [
        'with text that is written in another way',
        { body: '{ "event" : "told",\n\t"data" : 1.0e2 , "data2":"\\u00e9" }' },
      ],
      ['of 100 KB', { body: encodeBody('told', 'aé€\u{1f600}'.repeat(10_000)) }],
      ['of 1 MB', { body: encodeBody('told', 'x'.repeat(1_000_000)) }],
    ])('a message %s as it was published', async (_, message) => {
      const all = await nodes.startAll();
      for (const node of all) await node.subscribe('room');
      await last(all).publishMessage('room', message);
      for (const node of all) {
        const [entry] = await node.take('room', 1);
        // Not by toEqual: the difference between two megabytes takes minutes to print.
        expect(entry!.message!.body === message.body).toBe(true);
        expect(entry!.message!.except).toEqual(message.except);
      }
    });

    it('no message whose deadline has passed', async () => {
      const all = await nodes.startAll();
      for (const node of all) await node.subscribe('room');
      const late = last(all).publishMessage('room', messageOf('too late'), performance.now() - 1);
      await expect(late).rejects.toMatchObject({ name: 'BrokerUnavailableError' });
      await last(all).publish('room', 'in time');
      for (const node of all) expect(textsOf(await node.take('room', 1))).toEqual(['in time']);
    });

    if (!hasManyNodes) return;

    it('to a node that came later', async () => {
      const early = await nodes.start();
      await early.subscribe('room');
      await early.publish('room', 'before');
      const late = await nodes.start();
      await late.subscribe('room');
      await early.publish('room', 'after');
      expect(textsOf(await late.take('room', 1))).toEqual(['after']);
      expect(textsOf(await early.take('room', 2))).toEqual(['before', 'after']);
    });

    it('on when a node closes', async () => {
      const all = await nodes.startAll();
      for (const node of all) await node.subscribe('room');
      await all[0].close();
      await all[1]!.publish('room', 'still here');
      expect(textsOf(await last(all).take('room', 1))).toEqual(['still here']);
    });
  });
}

/** What was published before would have come before this. */
async function expectNothingElse(all: readonly TestNode[], publisher: TestNode, ...topics: string[]): Promise<void> {
  for (const node of all) await node.subscribe('barrier');
  await publisher.publish('barrier', 'so far');
  for (const node of all) {
    await node.take('barrier', 1);
    await node.unsubscribe('barrier');
    for (const topic of topics) expect(node.sink.entriesOf(topic).size).toBe(0);
  }
}
