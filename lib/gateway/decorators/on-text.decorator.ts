import { SubscribeMessage } from '@nestjs/websockets';
import { TEXT_MESSAGES } from './raw-message.js';

/**
 * Marks the handler of text messages as they are, without an envelope: `@MessageBody()` is the string. What it returns, a
 * `string` or bytes (`Uint8Array`, `ArrayBuffer`) or a promise, `Observable` or async iterable of those, is sent as a
 * text or binary message. Where `@SubscribeMessage` handlers share the path, they get the messages that name their
 * event, and this handler gets the others.
 */
export function OnText(): MethodDecorator {
  return SubscribeMessage(TEXT_MESSAGES);
}
