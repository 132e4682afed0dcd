import { SetMetadata } from '@nestjs/common';
import { InvalidOptionError } from '../options/invalid-option.error.js';
import type { OverflowStrategy } from '../dispatch/overflow-buffer.js';

/** What becomes of the values of an Observable, or the messages of a topic, while the client is behind. */
export interface BackpressureOptions {
  /**
   * What happens when one value more than `bufferSize` waits: the oldest is dropped (`drop-oldest`; `latest` keeps one), the
   * newest is dropped (`drop-newest`), the stream ends with the error `SLOW_CLIENT` (`error`), or the client is closed with
   * 1008 (`close`).
   */
  readonly strategy: OverflowStrategy;
  /** How many values may wait. @default 64; 1 for `latest` */
  readonly bufferSize?: number;
}

/** The options with their defaults. */
export type BackpressurePolicy = Required<BackpressureOptions>;

export const BACKPRESSURE_METADATA = 'nestwire:backpressure';
const DEFAULT_BUFFER_SIZE = 64;
const STRATEGIES: readonly OverflowStrategy[] = ['latest', 'drop-oldest', 'drop-newest', 'error', 'close'];

/**
 * Says what happens to the values of an Observable when the client reads more slowly than they come; for one handler, or for
 * all of a gateway. Without it, values wait in the client's send buffer, and the client is cut off when more than
 * `limits.maxBufferedBytes` wait there. Async iterables need none of this: they are pulled. With `@SubscribeTopic()`, it says the
 * same of the topic's messages, and a client learns by `subscribed` where some were dropped.
 * @throws InvalidOptionError
 */
export function Backpressure({ strategy, bufferSize }: BackpressureOptions): ClassDecorator & MethodDecorator {
  if (!STRATEGIES.includes(strategy)) {
    throw new InvalidOptionError('@Backpressure strategy', strategy, STRATEGIES.map((one) => `'${one}'`).join(' or '));
  }
  const size = bufferSize ?? (strategy === 'latest' ? 1 : DEFAULT_BUFFER_SIZE);
  if (!Number.isSafeInteger(size) || size < 1 || (strategy === 'latest' && size !== 1)) {
    const allowed = strategy === 'latest' ? "1, or absent: 'latest' keeps one value" : 'an integer from 1';
    throw new InvalidOptionError('@Backpressure bufferSize', bufferSize, allowed);
  }
  return SetMetadata(BACKPRESSURE_METADATA, { strategy, bufferSize: size } satisfies BackpressurePolicy);
}
