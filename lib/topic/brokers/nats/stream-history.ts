// What came after a position of a topic, read from its stream, and whether that is all. JetStream lets messages go in three ways: by
// age and by purging the stream, the oldest of all topics first; and beyond so many of a topic, the topic's oldest first. So nothing
// after an offset `s` of a topic was let go where
//   (a) a message of the topic up to `s` is still there: it would have gone first; or
//   (b) the stream's first message is at most `s` + 1, so that none after `s` went by age, and the topic has fewer messages after `s`
//       than are kept of a topic, so that none went beyond their number: at the time there were as many as are kept, all after `s`,
//       and none of those has gone by age.
// Both are looked at after the reading, so that what went meanwhile is noticed; and so is the epoch, which never comes back.
// A message that somebody deletes by its number, or a purge of single subjects, is not noticed by (b).

import type { History, TopicEntry } from '../../broker.js';
import type { Position } from '../../position.js';
import type { Standing, TopicStream } from './topic-stream.js';

export async function readHistory(
  stream: TopicStream,
  topic: string,
  since: Position,
  entryOf: (text: string, position: Position, previous: number) => TopicEntry,
): Promise<History> {
  const standing = await stream.standingOf(topic);
  const { epoch, lastOfTopic } = standing;
  if (epoch !== since.epoch || standing.last < since.offset) return unknown(standing);
  // Its last message is not after `since`: (a).
  if (lastOfTopic !== undefined && lastOfTopic.seq <= since.offset) {
    return { entries: [], isComplete: true, position: since };
  }
  const last = lastOfTopic?.seq;
  const messages = last === undefined ? [] : await stream.read(topic, since.offset, last);
  const first = await stream.firstOf(topic);
  const after = await stream.state();
  if (after.epoch !== epoch) return unknown(await stream.standingOf(topic));
  const isAnchored = first !== undefined && first <= since.offset;
  const isWhole =
    after.first <= since.offset + 1 && messages.length < after.maxMessages && first === messages[0]?.offset;
  if (messages.at(-1)?.offset !== last || !(isAnchored || isWhole)) return unknown(standing);
  let position = since;
  const entries = messages.map((message) => {
    const previous = position.offset;
    position = { epoch: since.epoch, offset: message.offset };
    return entryOf(message.text, position, previous);
  });
  return { entries, isComplete: true, position };
}

/** Nothing is known but where the topic stands now. */
function unknown(standing: Standing): History {
  return { entries: [], isComplete: false, position: positionOf(standing) };
}

/** Where a topic stands: at its last message, and where none is kept at the end of the stream, before which it had all of them. */
export function positionOf({ epoch, last, lastOfTopic }: Standing): Position {
  return { epoch, offset: lastOfTopic?.seq ?? last };
}
