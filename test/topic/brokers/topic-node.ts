// A node of a cluster without its clients: a broker, the topic table above it, the limits of publishing, and listeners that note what
// they are told. Messages are numbered, so that what is missing, doubled or out of order shows.

import { expect } from '@jest/globals';
import { filter, firstValueFrom } from 'rxjs';
import type { Broker, BrokerStatus } from '../../../lib/topic/broker.js';
import type { Position } from '../../../lib/topic/position.js';
import { DEFAULT_PUBLISH_LIMITS, Publisher } from '../../../lib/topic/publisher.js';
import type { Subscriber } from '../../../lib/topic/subscriber.js';
import { Subscription } from '../../../lib/topic/subscription.js';
import { decodeBody, encodeBody, type TopicMessage } from '../../../lib/topic/topic-message.js';
import { TopicTable } from '../../../lib/topic/topic-table.js';
import { Inbox, within } from '../../support/bounded-wait.js';

/** Messages on their way at a time, of one stream of them. */
const IN_FLIGHT = 8;
const WAIT_LIMIT_MS = 20_000;

/** What a listener was told: a message's number, or that it was subscribed, or that messages are missing. */
export type Told = number | 'subscribed' | 'recovered' | 'gap';

export class Listener implements Subscriber {
  readonly id: string;
  readonly info = undefined;
  readonly told: Told[];
  position: Position | undefined;
  private readonly news: Inbox<Told>;

  constructor(id: string) {
    this.id = id;
    this.told = [];
    this.position = undefined;
    this.news = new Inbox(`news for ${id}`);
  }

  next(message: TopicMessage, position: Position | undefined): void {
    this.position = position;
    this.note(decodeBody(message.body).data as number);
  }

  subscribed(position: Position | undefined, recovered: boolean): void {
    this.position = position;
    if (recovered) this.note('recovered');
    else this.note(this.told.length === 0 ? 'subscribed' : 'gap');
  }

  /** Waits until it is told something. */
  async hears(told: Told): Promise<void> {
    while ((await this.news.next()) !== told);
  }

  get gaps(): number {
    return this.told.filter((each) => each === 'gap').length;
  }

  private note(told: Told): void {
    this.told.push(told);
    this.news.push(told);
  }
}

export class TopicNode {
  readonly broker: Broker;
  readonly table: TopicTable;
  readonly failures: string[];
  private readonly publisher: Publisher;

  static async start(broker: Broker): Promise<TopicNode> {
    const node = new TopicNode(broker);
    await broker.start(node.table);
    return node;
  }

  private constructor(broker: Broker) {
    this.broker = broker;
    this.failures = [];
    this.table = new TopicTable(broker, {
      timeoutMs: 5_000,
      failed: (what, error) => this.failures.push(`${what}: ${String(error)}`),
    });
    this.publisher = new Publisher(broker, { ...DEFAULT_PUBLISH_LIMITS, publishTimeoutMs: 1_000 });
  }

  async listen(topic: string, recover?: Position): Promise<Listener> {
    const listener = new Listener(`${topic} ${Math.random()}`);
    await this.table.add(new Subscription(topic, listener, this.table), recover);
    return listener;
  }

  /** @param padding makes the message so much longer */
  publish(topic: string, number: number, padding = 0): Promise<Position | undefined> {
    return this.publisher.publish(topic, { body: encodeBody('count', number) + ' '.repeat(padding) });
  }

  async reaches(status: BrokerStatus): Promise<void> {
    const reached = firstValueFrom(this.broker.status.pipe(filter((each) => each === status)));
    await within(reached, `status ${status}`, WAIT_LIMIT_MS);
  }

  close(): Promise<void> {
    return this.broker.close();
  }
}

/** Publishes 1, 2, 3 … to a topic until it is stopped, whatever becomes of them. */
export class Counting {
  /** Numbers of messages that were confirmed. */
  readonly confirmed: number[];
  readonly refusals: Error[];
  private readonly node: TopicNode;
  private readonly topic: string;
  private readonly confirmations: Inbox<number>;
  private readonly refused: Inbox<Error>;
  private last: number;
  private isStopped: boolean;
  private readonly work: Promise<unknown>;

  constructor(node: TopicNode, topic: string) {
    this.confirmed = [];
    this.refusals = [];
    this.node = node;
    this.topic = topic;
    this.confirmations = new Inbox('a confirmation');
    this.refused = new Inbox('a refusal');
    this.last = 0;
    this.isStopped = false;
    this.work = Promise.all(Array.from({ length: IN_FLIGHT }, () => this.count()));
  }

  /** Waits for a message that is published from now on to be confirmed. */
  async confirms(): Promise<void> {
    const from = this.last;
    while ((await this.confirmations.next()) <= from);
  }

  /** Waits for a message to be refused. */
  refuses(): Promise<Error> {
    return this.refused.next();
  }

  /** Publishes a last message, which has to be confirmed. @returns its number */
  async stop(): Promise<number> {
    this.isStopped = true;
    await this.work;
    const number = ++this.last;
    await this.node.publish(this.topic, number);
    this.confirmed.push(number);
    return number;
  }

  private async count(): Promise<void> {
    while (!this.isStopped) {
      const number = ++this.last;
      try {
        await this.node.publish(this.topic, number);
        this.confirmed.push(number);
        this.confirmations.push(number);
      } catch (error) {
        this.refusals.push(error as Error);
        this.refused.push(error as Error);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

/** In order, nothing twice, and nothing that was confirmed is missing without a word. @param from numbers up to it were before */
export function expectNoSilentLoss(told: readonly Told[], confirmed: readonly number[], from: number): void {
  let last = from;
  let isWarned = false;
  for (const each of told) {
    if (typeof each !== 'number') {
      isWarned ||= each === 'gap';
      continue;
    }
    expect(each).toBeGreaterThan(last);
    const missing = confirmed.filter((number) => number > last && number < each);
    expect({ before: each, missing: isWarned ? [] : missing }).toEqual({ before: each, missing: [] });
    last = each;
    isWarned = false;
  }
}
