// Publishing with bounds: so many messages, and so much text, wait for the broker at a time and no more, and none for longer than the
// limit.

import { BrokerUnavailableError, type Broker } from './broker.js';
import type { Position } from './position.js';
import { within } from './time-limit.js';
import { lengthOf, type TopicMessage } from './topic-message.js';

export interface PublishLimits {
  /** How long the broker may take to confirm a message, in milliseconds. @default 5000 */
  readonly publishTimeoutMs: number;
  /** How many messages may wait for that at a time. @default 10000 */
  readonly maxPendingPublishes: number;
  /** How long they may be together, in UTF-16 units of text; one message alone may be longer. @default 67108864 */
  readonly maxPendingLength: number;
}

export const DEFAULT_PUBLISH_LIMITS: PublishLimits = {
  publishTimeoutMs: 5_000,
  maxPendingPublishes: 10_000,
  maxPendingLength: 64 * 1024 * 1024,
};

export class Publisher {
  private readonly broker: Pick<Broker, 'publish'>;
  private readonly limits: PublishLimits;
  private pending: number;
  private pendingLength: number;

  constructor(broker: Pick<Broker, 'publish'>, limits: PublishLimits) {
    this.broker = broker;
    this.limits = limits;
    this.pending = 0;
    this.pendingLength = 0;
  }

  /** @throws BrokerUnavailableError */
  async publish(topic: string, message: TopicMessage): Promise<Position | undefined> {
    const { publishTimeoutMs } = this.limits;
    const length = lengthOf(message);
    this.checkRoomFor(length);
    const published = this.broker.publish(topic, message, performance.now() + publishTimeoutMs);
    if (!(published instanceof Promise)) return published;
    this.pending++;
    this.pendingLength += length;
    try {
      return await within(published, publishTimeoutMs, () => lateError(publishTimeoutMs));
    } finally {
      this.pending--;
      this.pendingLength -= length;
    }
  }

  private checkRoomFor(length: number): void {
    const { maxPendingPublishes, maxPendingLength } = this.limits;
    const hasRoom = this.pending < maxPendingPublishes;
    if (hasRoom && (this.pending === 0 || this.pendingLength + length <= maxPendingLength)) return;
    const limit = hasRoom ? 'maxPendingLength' : 'maxPendingPublishes';
    throw new BrokerUnavailableError(
      `${this.pending} messages wait to be published already (${limit}): the broker is away, or too slow`,
    );
  }
}

function lateError(ms: number): Error {
  return new BrokerUnavailableError(
    `The broker did not confirm a message within ${ms} ms (publishTimeoutMs): it may have been published or not`,
    { mayBePublished: true },
  );
}
