import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { checkTopicName, MAX_TOPIC_BYTES, TopicNameError, topicKey } from '../../lib/topic/topic-name.js';

/** Names that are nearly the same, or nearly a key. */
const name = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'A', '-', '_', '.', ' ', 'é', 'e\u0301', 't', 'h'),
    minLength: 1,
    maxLength: 4,
  }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }),
  fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 63, maxLength: 66 }),
);

describe('topicKey', () => {
  it.each(['room', 'Room', 'a-b_c', '0', 'x'.repeat(64)])('is readable for %s', (topic) => {
    expect(topicKey(topic)).toBe(`t-${topic}`);
  });

  it.each(['', 'a.b', '*', '>', 'a b', '\n', '{a}', 'é', 'x'.repeat(65), 'x'.repeat(10_000)])('hides %j', (topic) => {
    expect(topicKey(topic)).toMatch(/^h-[A-Za-z0-9_-]{43}$/);
  });

  it('has letters, digits, - and _ only, and is the same for the same topic', () => {
    fc.assert(
      fc.property(name, (topic) => {
        expect(topicKey(topic)).toMatch(/^[th]-[A-Za-z0-9_-]{1,64}$/);
        expect(topicKey(`${topic}`)).toBe(topicKey(topic));
      }),
    );
  });

  it('differs for different topics, those that are named like keys included', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        const topics = new Set([one, other, topicKey(one), topicKey(other), topicKey(one).slice(2), `${one}${other}`]);
        expect(new Set([...topics].map(topicKey)).size).toBe(topics.size);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('checkTopicName', () => {
  it('takes any text', () => {
    fc.assert(fc.property(name, (topic) => checkTopicName(topic)));
  });

  it.each([
    ['of the largest size', 'x'.repeat(MAX_TOPIC_BYTES)],
    ['of the largest size in UTF-8', '€'.repeat(MAX_TOPIC_BYTES / 4)],
    ['with a surrogate pair', '\u{1f600}'],
  ])('takes one %s', (_, topic) => {
    expect(() => checkTopicName(topic)).not.toThrow();
  });

  it.each([
    ['a number', 7, /string, not number/],
    ['nothing', undefined, /string, not undefined/],
    ['an empty one', '', /empty/],
    ['a lone high surrogate', 'a\ud83d', /surrogates/],
    ['a lone low surrogate', '\ude00a', /surrogates/],
    ['a swapped pair', '\ude00\ud83d', /surrogates/],
    ['one character too many', 'x'.repeat(MAX_TOPIC_BYTES + 1), /16384 bytes/],
    ['one byte too many', `${'x'.repeat(MAX_TOPIC_BYTES - 1)}é`, /16384 bytes/],
  ])('refuses %s', (_, topic, why) => {
    expect(() => checkTopicName(topic)).toThrow(TopicNameError);
    expect(() => checkTopicName(topic)).toThrow(why);
  });

  it('refuses what UTF-8 cannot say, since two such names would be one there', () => {
    const lone = fc.string({
      unit: fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(lone, (topic) => {
        if (Buffer.from(topic).toString() === topic) checkTopicName(topic);
        else expect(() => checkTopicName(topic)).toThrow(TopicNameError);
      }),
    );
  });
});
