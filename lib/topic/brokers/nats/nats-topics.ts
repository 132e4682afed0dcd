// What NatsBroker asks of topics over NATS, be they live only (core-topics.ts) or remembered by JetStream (stream-topics.ts). It
// prepares and opens them when the connection is there, and shuts them when it is lost.

import type { History } from '../../broker.js';
import type { Position } from '../../position.js';
import type { TopicMessage } from '../../topic-message.js';

export interface NatsTopics {
  /** The connection is there, for the first time or again: what has to be looked at before topics are opened. */
  prepare(): Promise<void>;
  /** Messages may be sent. */
  open(): void;
  /** No messages are sent until `open`. @param obstacle why */
  shut(obstacle: string): void;
  /** May be called again for a topic where it failed. */
  subscribe(topic: string): Promise<Position | undefined>;
  unsubscribe(topic: string): void;
  publish(topic: string, message: TopicMessage, deadline: number): Promise<Position | undefined>;
  /** The server does not take messages to a subject, which are on their way. */
  refuse(subject: string): void;
  history(topic: string, since: Position): Promise<History>;
  close(): void;
}
