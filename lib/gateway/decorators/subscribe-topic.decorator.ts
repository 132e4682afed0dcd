import { SubscribeMessage } from '@nestjs/websockets';
import { TopicPattern } from '../topic/topic-pattern.js';

/**
 * Lets clients subscribe to a topic, or to those that fit a pattern: `@SubscribeTopic('room/:id')`. The method is called when a
 * client asks (docs/protocol.md, "Topics"), behind guards and pipes like any message handler: `@MessageBody()` is
 * `{ topic, params }`, `@TopicParam('id')` one of the parameters. When it returns, the client is subscribed; when it throws, the client
 * gets that error. What it returns is what `topics.presence()` says of the client, and must be something that JSON can say.
 * Of several handlers that fit a topic the first one declared counts.
 * @throws TypeError for a pattern that cannot be meant
 */
export function SubscribeTopic(pattern: string): MethodDecorator {
  return SubscribeMessage(new TopicPattern(pattern));
}
