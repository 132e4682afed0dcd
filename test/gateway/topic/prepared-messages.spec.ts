// What a topic's message costs: it is encoded once for all with the same id, and once for all without, compressed once for each way
// of compressing, and what one turn publishes is one buffer, and one write to each.

import { describe, expect, it } from '@jest/globals';
import { PreparedMessage } from '../../../lib/connection/prepared-message.js';
import type { RequestId } from '../../../lib/envelope/request-id.js';
import { prepare } from '../../../lib/gateway/topic/prepared-messages.js';
import { TopicSubscriber } from '../../../lib/gateway/topic/topic-subscriber.js';
import type { TopicMessage } from '../../../lib/topic/topic-message.js';
import { connected, type Settings } from '../../connection/counted-connection.js';
import { settled } from '../../support/scripted-duplex.js';

const MEMBERS = 5;
const BODY = '{"event":"news","data":"to everybody"}';

const message = (body = BODY): TopicMessage => ({ body });
const at = (offset: number) => ({ epoch: 'e', offset });

/** Connections of subscribers, with the messages that their subscribers gave them. */
function members(ids: readonly (RequestId | undefined)[], works: string[] = [], settings?: Settings) {
  return ids.map((id, i) => {
    const peer = connected(works, settings);
    const messages: PreparedMessage[] = [];
    const client = {
      sendPrepared: (one: PreparedMessage) => {
        messages.push(one);
        peer.connection.sendPrepared(one);
      },
    };
    return { ...peer, messages, subscriber: new TopicSubscriber(`member ${i}`, client, id, undefined) };
  });
}

const fold = <T>(value: T): T[] => Array.from({ length: MEMBERS }, () => value);

describe.each([
  ['by the same id', 7, '{"id":7,"type":"next","event":"news","data":"to everybody","offset":1}'],
  ['without an id', undefined, BODY],
])('members that are subscribed %s', (_how, id, text) => {
  it('share one message, and one buffer', async () => {
    const all = members(fold(id));
    const one = message();
    for (const { subscriber } of all) subscriber.next(one, at(1));
    await settled();
    expect(all.map(({ texts }) => texts())).toEqual(fold([text]));
    const [first] = all[0]!.messages;
    for (const { messages, given } of all) {
      expect(messages).toEqual([first]);
      expect(messages[0]).toBe(first);
      expect(given).toHaveLength(1);
      expect(given[0]).toBe(first!.frame);
    }
  });

  it('share one compression for each way of compressing, and no window of their own', async () => {
    const works: string[] = [];
    const alike = members(fold(id), works, {});
    const smaller = members(fold(id), works, { windowBits: 10 });
    const own = members(fold(id), works, { takeover: true });
    const all = [...alike, ...smaller, ...own];
    const one = message();
    for (const { subscriber } of all) subscriber.next(one, at(1));
    await settled();
    for (const { texts } of all) expect(texts()).toEqual([text]);
    expect(works.filter((sharing) => sharing !== 'its own')).toHaveLength(2);
    expect(new Set(works).size).toBe(3);
    expect(works.filter((sharing) => sharing === 'its own')).toHaveLength(MEMBERS);
    for (const group of [alike, smaller]) for (const { given } of group) expect(given[0]).toBe(group[0]!.given[0]);
  });

  it.each<[string, Settings | undefined]>([
    ['as they are', undefined],
    ['compressed', {}],
  ])('get what one turn publishes, %s, in one write of one buffer', async (_which, settings) => {
    const works: string[] = [];
    const all = members(fold(id), works, settings);
    for (const offset of [1, 2, 3]) {
      const one = message();
      for (const { subscriber } of all) subscriber.next(one, at(offset));
    }
    await settled();
    expect(works).toHaveLength(settings === undefined ? 0 : 3);
    const { given, texts } = all[0]!;
    expect(texts()).toEqual([1, 2, 3].map((offset) => text.replace('"offset":1', `"offset":${offset}`)));
    for (const member of all) {
      expect(member.socket.writes).toHaveLength(1);
      expect(member.given).toHaveLength(1);
      expect(member.given[0]).toBe(given[0]);
    }
  });
});

it('members with different ids cost one message, and one compression, for each id', async () => {
  const works: string[] = [];
  // A number and a text that look the same are two ids.
  const ids = [1, '1', undefined, 2, 1, '1', undefined, 2];
  const all = members(ids, works, {});
  const one = message();
  for (const { subscriber } of all) subscriber.next(one, at(1));
  await settled();
  expect(new Set(all.flatMap(({ messages }) => messages)).size).toBe(4);
  expect(works).toHaveLength(4);
  const fields = '"type":"next","event":"news","data":"to everybody","offset":1}';
  const texts = [`{"id":1,${fields}`, `{"id":"1",${fields}`, BODY, `{"id":2,${fields}`];
  expect(all.flatMap((member) => member.texts())).toEqual([...texts, ...texts]);
});

it('only the message that is being delivered is kept', () => {
  const [one, other] = [message(), message()];
  const before = prepare(one, 1, at(1));
  expect(prepare(other, 1, at(2)).text).toContain('"offset":2');
  const again = prepare(one, 1, at(1));
  expect(again).not.toBe(before);
  expect(again.text).toBe(before.text);
});

it('no more is kept of a message, for all its ids, than a few MiB', () => {
  const large = message(`{"event":"news","data":"${'x'.repeat(1024 * 1024)}"}`);
  const first = prepare(large, 0, undefined);
  for (const id of [1, 2, 3]) expect(prepare(large, id, undefined).text).toContain(`{"id":${id},`);
  // Four are more than is kept: the next begins anew.
  prepare(large, 4, undefined);
  const again = prepare(large, 0, undefined);
  expect(again).not.toBe(first);
  expect(again.text).toBe(first.text);
});
