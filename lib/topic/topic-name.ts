// Names of topics: any text that is not empty and not endless. No character means anything to us, and none reaches the key space of
// a broker: there a topic goes by a key of letters, digits, `-` and `_`.

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

export const MAX_TOPIC_BYTES = 16 * 1024;

/** Without its other half; it would become another character in UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const PLAIN = /^[A-Za-z0-9_-]{1,64}$/;

/** A topic's name that cannot be one; the message says why. */
export class TopicNameError extends TypeError {
  override readonly name = 'TopicNameError';
}

/** @throws TopicNameError */
export function checkTopicName(topic: unknown): asserts topic is string {
  if (typeof topic !== 'string') throw new TopicNameError(`A topic's name must be a string, not ${typeof topic}`);
  if (topic === '') throw new TopicNameError("A topic's name must not be empty");
  if (LONE_SURROGATE.test(topic)) throw new TopicNameError("A topic's name must be Unicode, without lone surrogates");
  if (topic.length > MAX_TOPIC_BYTES || Buffer.byteLength(topic) > MAX_TOPIC_BYTES) {
    throw new TopicNameError(`A topic's name must not be longer than ${MAX_TOPIC_BYTES} bytes of UTF-8`);
  }
}

/** What stands for a topic in a broker: itself where it is plain, otherwise a hash; different topics have different keys. */
export function topicKey(topic: string): string {
  return PLAIN.test(topic) ? `t-${topic}` : `h-${createHash('sha256').update(topic).digest('base64url')}`;
}
