// Whoever is sent the messages of a topic, as the topic sees it: a client behind whatever wire it speaks.

import type { Position } from './position.js';
import type { TopicMessage } from './topic-message.js';

export interface Subscriber {
  /**
   * Of its connection; unique over all nodes. Messages may be published to all but it. Undefined for one that is no member: the
   * application itself.
   */
  readonly id: string | undefined;
  /** What the application said of it, for those who ask who is there. */
  readonly info: unknown;
  /** The next message. Must not throw. */
  next(message: TopicMessage, position: Position | undefined): void;
  /**
   * What follows is what comes after `position`, undefined where there is no history. Called first of all, and again, with
   * `recovered: false`, when messages were missed that cannot be had any more. Must not throw.
   */
  subscribed(position: Position | undefined, recovered: boolean): void;
  /** Called once, when it gets nothing more. Must not throw. */
  ended?(): void;
}
