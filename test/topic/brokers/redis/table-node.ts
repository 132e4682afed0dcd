// A node as it is in an application: a Redis broker below a topic table and a publisher, with limits short enough for tests, that
// notes what is logged.

import { expect } from '@jest/globals';
import type { BrokerStatus } from '../../../../lib/topic/broker.js';
import { RedisBroker, type RedisBrokerOptions } from '../../../../lib/topic/brokers/redis/index.js';
import type { Position } from '../../../../lib/topic/position.js';
import { DEFAULT_PUBLISH_LIMITS, Publisher } from '../../../../lib/topic/publisher.js';
import { Subscription } from '../../../../lib/topic/subscription.js';
import { encodeBody } from '../../../../lib/topic/topic-message.js';
import { TopicTable } from '../../../../lib/topic/topic-table.js';
import { until } from '../../../support/bounded-wait.js';
import { Witness } from './witness.js';

export const PUBLISH_LIMIT_MS = 800;
/** A lost connection is noticed within half a second. */
const SHORT_LIMITS = { pingIntervalMs: 200, pingTimeoutMs: 300, connectTimeoutMs: 1_500 };

export class TableNode {
  readonly broker: RedisBroker;
  readonly table: TopicTable;
  readonly failures: string[] = [];
  status: BrokerStatus = 'closed';
  private readonly publisher: Publisher;

  private constructor(options: RedisBrokerOptions) {
    this.broker = new RedisBroker({ ...SHORT_LIMITS, ...options });
    this.table = new TopicTable(this.broker, {
      timeoutMs: 5_000,
      failed: (what, error) => void this.failures.push(`${what}: ${String(error)}`),
    });
    this.publisher = new Publisher(this.broker, { ...DEFAULT_PUBLISH_LIMITS, publishTimeoutMs: PUBLISH_LIMIT_MS });
    this.broker.status.subscribe((status) => (this.status = status));
  }

  static async start(options: RedisBrokerOptions): Promise<TableNode> {
    const node = new TableNode(options);
    await node.broker.start(node.table);
    return node;
  }

  async join(topic: string, recover?: Position): Promise<Witness> {
    const witness = new Witness(recover !== undefined);
    await this.table.add(new Subscription(topic, witness, this.table), recover);
    return witness;
  }

  async publish(topic: string, data: unknown): Promise<Position> {
    return (await this.publisher.publish(topic, { body: encodeBody('told', data) }))!;
  }

  async becomes(status: BrokerStatus): Promise<void> {
    await until(() => this.status === status, `a broker that is ${status}`);
  }

  /** Publishes numbers, one after the other, until it is told to stop. */
  publishNumbers(topic: string): Numbers {
    return new Numbers((data) => this.publish(topic, data));
  }
}

/** Numbers that are being published. */
class Numbers {
  /** Those that were confirmed, with where they stand. */
  readonly confirmed = new Map<number, Position>();
  readonly errors: unknown[] = [];
  private readonly ended: Promise<void>;
  private isStopped = false;

  constructor(publish: (data: number) => Promise<Position>) {
    this.ended = this.run(publish);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.ended;
    const places = [...this.confirmed.values()].map(({ epoch, offset }) => `${epoch} ${offset}`);
    // No place was given twice.
    expect(new Set(places).size).toBe(places.length);
  }

  /** Waits until so many more are confirmed. */
  async grow(count: number): Promise<void> {
    const { size } = this.confirmed;
    await until(() => this.confirmed.size >= size + count, `${count} messages to be confirmed`);
  }

  private async run(publish: (data: number) => Promise<Position>): Promise<void> {
    for (let number = 1; !this.isStopped; number++) {
      const began = performance.now();
      try {
        this.confirmed.set(number, await publish(number));
      } catch (error) {
        this.errors.push(error);
        expect(performance.now() - began).toBeLessThan(10 * PUBLISH_LIMIT_MS);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
