import { SubscribeMessage } from '@nestjs/websockets';
import { BINARY_MESSAGES } from './raw-message.js';

/**
 * Marks the handler of binary messages as they are, without an envelope: `@MessageBody()` is a `Buffer`. What it returns,
 * a `string` or bytes (`Uint8Array`, `ArrayBuffer`) or a promise, `Observable` or async iterable of those, is sent as a
 * text or binary message. Without such a handler on its path, a binary message is read as the envelope's JSON, as
 * `@nestjs/platform-ws` does.
 */
export function OnBinary(): MethodDecorator {
  return SubscribeMessage(BINARY_MESSAGES);
}
