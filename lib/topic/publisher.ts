// Publishing with bounds: so many messages wait for the broker at a time and no more, and none for longer than the limit.

import { BrokerUnavailableError, type Broker } from './broker.js';
import type { Position } from './position.js';
import { within } from './time-limit.js';
import type { TopicMessage } from './topic-message.js';

export interface PublishLimits {
  /** How long the broker may take to confirm a message, in milliseconds. @default 5000 */
  readonly publishTimeoutMs: number;
  /** How many messages may wait for that at a time. @default 10000 */
  readonly maxPendingPublishes: number;
}

export const DEFAULT_PUBLISH_LIMITS: PublishLimits = { publishTimeoutMs: 5_000, maxPendingPublishes: 10_000 };

export class Publisher {
  private readonly broker: Pick<Broker, 'publish'>;
  private readonly limits: PublishLimits;
  private pending: number;

  constructor(broker: Pick<Broker, 'publish'>, limits: PublishLimits) {
    this.broker = broker;
    this.limits = limits;
    this.pending = 0;
  }

  /** @throws BrokerUnavailableError */
  async publish(topic: string, message: TopicMessage): Promise<Position | undefined> {
    const { publishTimeoutMs, maxPendingPublishes } = this.limits;
    if (this.pending >= maxPendingPublishes) {
      throw new BrokerUnavailableError(
        `${maxPendingPublishes} messages wait to be published already (maxPendingPublishes): the broker is away, or too slow`,
      );
    }
    const published = this.broker.publish(topic, message, performance.now() + publishTimeoutMs);
    if (!(published instanceof Promise)) return published;
    this.pending++;
    try {
      return await within(published, publishTimeoutMs, () => lateError(publishTimeoutMs));
    } finally {
      this.pending--;
    }
  }
}

function lateError(ms: number): Error {
  return new BrokerUnavailableError(
    `The broker did not confirm a message within ${ms} ms (publishTimeoutMs): it may have been published or not`,
    { mayBePublished: true },
  );
}
