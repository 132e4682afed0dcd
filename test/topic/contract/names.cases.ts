// Any text is a topic's name: no character means anything to a broker, and different names are different topics.

import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { checkTopicName, topicKey } from '../../../lib/topic/topic-name.js';
import { type BrokerHarness, expectChain, last, type Nodes, textsOf } from './nodes.js';

const PLAIN = ['room', 'Room', 'ROOM', 'room-1', 'room_1', '0', 'x'.repeat(64), 'x'.repeat(65)];
const PATTERNS = [
  '*',
  '>',
  '?',
  '[ab]',
  'room.*',
  'room.>',
  'a.b',
  'a.b.c',
  '.',
  '..',
  'a/b',
  '/',
  ':',
  'a:b',
  '$SYS',
  '_INBOX.a',
];
const SPACES = [' ', 'a b', 'a  b', 'a b ', '\n', 'a\nb', 'a\r\nb', '\t', '\0', 'a\0b', '\u00a0', '\u200b', '\ufeff'];
const BRACES = ['{}', '{a}', '{a}b', '{', '}', '"', "'", '\\', '`', '%00', '%s', '${a}', '<a>', '\r\nPUBLISH a 1'];
const PROPERTIES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'undefined', 'null'];
const UNICODE = [
  'é',
  'e\u0301',
  'É',
  '\u{1f600}',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '日本語',
  'ß',
  'ẞ',
  'ı',
  '\u{10ffff}',
];
const LONG = ['n'.repeat(10_000), `${'n'.repeat(9_999)}m`, '\u{1f600}'.repeat(2_500)];
/** Of topics that are named like another topic's key. */
const KEYS = [topicKey('room'), topicKey('a b'), createHash('sha256').update('a b').digest('base64url'), 'h-', 't-'];

const NAMES = [...PLAIN, ...PATTERNS, ...SPACES, ...BRACES, ...PROPERTIES, ...UNICODE, ...LONG, ...KEYS];

export function describeNames({ hasHistory }: BrokerHarness, nodes: Nodes): void {
  describe('takes any name', () => {
    it('of a topic, and keeps all of them apart', async () => {
      for (const name of NAMES) checkTopicName(name);
      expect(new Set(NAMES).size).toBe(NAMES.length);
      const all = await nodes.startAll();
      const begin = new Map(
        await Promise.all(NAMES.map(async (name) => [name, await all[0].subscribe(name)] as const)),
      );
      await Promise.all(NAMES.map((name, i) => last(all).publish(name, `first in ${i}`)));
      await Promise.all(NAMES.map((name, i) => last(all).publish(name, `second in ${i}`)));

      for (const [i, name] of NAMES.entries()) {
        const entries = await all[0].take(name, 2);
        expect(textsOf(entries)).toEqual([`first in ${i}`, `second in ${i}`]);
        if (!hasHistory) continue;
        expectChain(entries, begin.get(name)!);
        const history = await last(all).history(name, begin.get(name)!);
        expect(history).toMatchObject({ isComplete: true, position: entries[1]!.position });
        expect(textsOf(history.entries)).toEqual([`first in ${i}`, `second in ${i}`]);
      }
      for (const name of NAMES) expect(all[0].sink.entriesOf(name).size).toBe(0);
      nodes.expectNoFailures();
    });

    it('of a topic that is asked who is there', async () => {
      const node = await nodes.start();
      for (const [i, name] of NAMES.entries()) node.sink.members.set(name, [{ id: `member ${i}` }]);
      for (const [i, name] of NAMES.entries()) {
        expect(await node.broker.presence(name)).toEqual({ members: [{ id: `member ${i}` }], isComplete: true });
      }
    });
  });
}
