// A table of topics over a broker, and those who come to it.

import type { Broker, TopicEntry } from '../../../lib/topic/broker.js';
import type { Position } from '../../../lib/topic/position.js';
import { Subscription } from '../../../lib/topic/subscription.js';
import { TopicTable } from '../../../lib/topic/topic-table.js';
import { NotingSubscriber } from './noting-subscriber.js';

export const TIMEOUT_MS = 3_000;

export class TableBench<B extends Broker> {
  readonly broker: B;
  readonly table: TopicTable;
  readonly failures: string[] = [];

  constructor(broker: B) {
    this.broker = broker;
    const failed = (what: string, error: unknown): number => this.failures.push(`${what}: ${(error as Error).message}`);
    this.table = new TopicTable(broker, { timeoutMs: TIMEOUT_MS, failed });
  }

  /** Somebody comes. */
  add(id = 'a', recover?: Position, topic = 'room'): Member {
    const subscriber = new NotingSubscriber(id);
    const subscription = new Subscription(topic, subscriber, this.table);
    return { subscriber, subscription, added: this.table.add(subscription, recover) };
  }

  /** How many are in a topic. */
  size(topic: string): number {
    return [...this.table.subscriptionsTo(topic)].length;
  }

  deliver(...some: TopicEntry[]): void {
    for (const each of some) this.table.deliver('room', each);
  }
}

export interface Member {
  readonly subscriber: NotingSubscriber;
  readonly subscription: Subscription;
  readonly added: Promise<void>;
}
