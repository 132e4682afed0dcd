// A topic's message as clients get it: for all that subscribed without an id the same, and for those with an id the same wherever
// ids are the same, as they mostly are among clients of one kind. Kept for the message that is being delivered, and no other.

import { PreparedMessage } from '../../connection/prepared-message.js';
import { encodeTopicNext } from '../../envelope/json-envelope.js';
import type { RequestId } from '../../envelope/request-id.js';
import type { Position } from '../../topic/position.js';
import type { TopicMessage } from '../../topic/topic-message.js';

/** Texts kept beyond this, in UTF-16 units, would be a memory of their own. */
const KEEP_UP_TO = 4 * 1024 * 1024;

let current: TopicMessage | undefined;
let kept = 0;
const prepared = new Map<RequestId | undefined, PreparedMessage>();

export function prepare(
  message: TopicMessage,
  id: RequestId | undefined,
  position: Position | undefined,
): PreparedMessage {
  if (message !== current || kept > KEEP_UP_TO) {
    current = message;
    kept = 0;
    prepared.clear();
  }
  let one = prepared.get(id);
  if (one === undefined) {
    one = new PreparedMessage(id === undefined ? message.body : encodeTopicNext(id, message.body, position?.offset));
    kept += one.text.length;
    prepared.set(id, one);
  }
  return one;
}
