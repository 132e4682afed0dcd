// Topics, as an application uses them: injected, from the server or from a client's socket. What is published goes to the broker and
// comes back from it, on this node as on all others, so that every node has a topic's messages in the same order.

import { randomBytes } from 'node:crypto';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { filter, Observable, Subject } from 'rxjs';
import type { Broker, BrokerStatus, Presence } from '../../topic/broker.js';
import { MemoryBroker } from '../../topic/brokers/memory.broker.js';
import type { Position } from '../../topic/position.js';
import { Publisher } from '../../topic/publisher.js';
import { Subscription } from '../../topic/subscription.js';
import { encodeBody } from '../../topic/topic-message.js';
import { checkTopicName } from '../../topic/topic-name.js';
import { TopicTable } from '../../topic/topic-table.js';
import { type TopicHub, type TopicMember, type TopicPublisher, TOPICS } from './client-topics.js';
import { FailureLog } from './failure-log.js';
import { ObservingSubscriber, type PublishedMessage } from './observing-subscriber.js';
import { resolveTopicsLimits, type TopicsOptions } from './topics-options.js';

/** A client's first subscription to a topic has begun on this node, or its last has ended. */
export interface TopicChange<Client extends TopicMember = TopicMember> {
  readonly type: 'join' | 'leave';
  readonly topic: string;
  readonly client: Client;
  /** What was said of it when it subscribed. */
  readonly info: unknown;
}

/** Of the application: imported by `TopicsModule`, or of the adapter's own. */
export class Topics implements TopicHub, OnModuleInit, OnApplicationShutdown {
  private readonly broker: Broker;
  private readonly table: TopicTable;
  private readonly publisher: Publisher;
  private readonly changes: Subject<TopicChange>;
  /** There may be one for each message, or each client. */
  private readonly troubles: FailureLog;
  private readonly node: string;
  private clients: number;
  private starting: Promise<void> | undefined;

  /** @throws InvalidOptionError */
  constructor(options: TopicsOptions = {}) {
    const limits = resolveTopicsLimits(options);
    this.broker = options.broker ?? new MemoryBroker();
    this.troubles = new FailureLog();
    const failed = (what: string, error: unknown): void => this.failed(what, error);
    this.table = new TopicTable(this.broker, { timeoutMs: limits.subscribeTimeoutMs, failed });
    this.publisher = new Publisher(this.broker, limits);
    this.changes = new Subject();
    this.node = randomBytes(9).toString('base64url');
    this.clients = 0;
    this.starting = undefined;
  }

  /** What the broker is now, and every change. */
  get status(): Observable<BrokerStatus> {
    return this.broker.status;
  }

  /** The topics with subscribers on this node. */
  get names(): string[] {
    return [...this.table.names];
  }

  /**
   * Sends an event to every subscriber of a topic, on every node. A failure that nobody waits for is logged.
   * @param data anything that JSON can say
   * @returns where it stands in the topic, once the broker has it; undefined where there is no history
   * @throws TypeError for an event or data that cannot be sent, TopicNameError, BrokerUnavailableError
   */
  publish(topic: string, event: string, data?: unknown): Promise<Position | undefined> {
    return this.publishExcept(undefined, topic, event, data);
  }

  /** To all but these clients. */
  except(...clients: readonly TopicMember[]): TopicPublisher {
    const ids = clients.map((client) => client[TOPICS].id);
    return { publish: (topic, event, data) => this.publishExcept(ids, topic, event, data) };
  }

  /**
   * Sends a topic's messages to a client, each as `{"event","data"}`, until `unsubscribe` or its end. Once more for a topic is
   * no error.
   * @param info what `presence` says of the client, anything that JSON can say
   * @throws TopicNameError, TooManyTopicsError (limits.maxTopics), BrokerUnavailableError
   */
  subscribe(client: TopicMember, topic: string, info?: unknown): Promise<void> {
    return client[TOPICS].subscribe(topic, info);
  }

  /** Ends a client's subscriptions to a topic, whoever began them. */
  unsubscribe(client: TopicMember, topic: string): void {
    client[TOPICS].unsubscribe(topic);
  }

  /** The topics of a client. */
  of(client: TopicMember): Set<string> {
    return client[TOPICS].names;
  }

  /** How many clients of this node are in a topic; over all nodes, `presence` tells. */
  size(topic: string): number {
    return this.table.membersOf(topic).length;
  }

  /**
   * A topic's messages as they come to this node. It fails where the topic cannot be subscribed to; what was missed meanwhile shows in the
   * next message's `isAfterGap`.
   */
  messages(topic: string): Observable<PublishedMessage> {
    return new Observable((observer) => {
      const subscription = new Subscription(topic, new ObservingSubscriber(topic, observer), this);
      const add = async (): Promise<void> => {
        checkTopicName(topic);
        await this.add(subscription);
      };
      add().catch((error: unknown) => observer.error(error));
      return () => this.remove(subscription);
    });
  }

  /** Clients of this node that come into a topic, and go. @param topic absent for all topics */
  membership(topic?: string): Observable<TopicChange> {
    return topic === undefined ? this.changes : this.changes.pipe(filter((change) => change.topic === topic));
  }

  /** Who is in a topic, over all nodes. @throws BrokerUnavailableError */
  async presence(topic: string): Promise<Presence> {
    checkTopicName(topic);
    return this.broker.presence(topic);
  }

  /** @internal */
  onModuleInit(): Promise<void> {
    return this.start();
  }

  /** @internal After everything that may publish when it ends. */
  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  /** @internal */
  start(): Promise<void> {
    this.starting ??= this.broker.start(this.table);
    return this.starting;
  }

  /** @internal */
  async close(): Promise<void> {
    this.changes.complete();
    this.table.close();
    await this.broker.close();
  }

  // The clients' hub.

  /** @internal */
  nextId(): string {
    return `${this.node}.${++this.clients}`;
  }

  /** @internal */
  add(subscription: Subscription, recover?: Position): Promise<void> {
    return this.table.add(subscription, recover);
  }

  /** @internal */
  failed(what: string, error: unknown): void {
    this.troubles.add(what, error);
  }

  /** @internal */
  subscribingFailed(error: unknown): void {
    this.troubles.add('A client could not be subscribed to a topic', error);
  }

  /** @internal */
  remove(subscription: Subscription): void {
    this.table.remove(subscription);
  }

  /** @internal */
  get isWatched(): boolean {
    return this.changes.observed;
  }

  /** @internal */
  changed(type: TopicChange['type'], topic: string, client: TopicMember, info: unknown): void {
    this.changes.next({ type, topic, client, info });
  }

  private publishExcept(
    except: readonly string[] | undefined,
    topic: string,
    event: string,
    data: unknown,
  ): Promise<Position | undefined> {
    const published = this.send(except, topic, event, data);
    // Whoever does not wait for it ends no process by that.
    published.catch((error: unknown) => this.troubles.add('A message could not be published', error));
    return published;
  }

  private async send(
    except: readonly string[] | undefined,
    topic: string,
    event: string,
    data: unknown,
  ): Promise<Position | undefined> {
    checkTopicName(topic);
    if (typeof event !== 'string') throw new TypeError(`An event's name must be a string, not ${typeof event}`);
    const body = encodeBody(event, data);
    return this.publisher.publish(topic, except === undefined ? { body } : { body, except });
  }
}
