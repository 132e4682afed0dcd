// The topics of one client: those the application has subscribed it to, and those it has subscribed to itself, each under an id.
// Both count towards one limit, and all end with the client.

import { PreparedMessage } from '../../connection/prepared-message.js';
import { encodeComplete, encodeError } from '../../envelope/json-envelope.js';
import type { RequestId } from '../../envelope/request-id.js';
import type { BrokerSink } from '../../topic/broker.js';
import type { Position } from '../../topic/position.js';
import { Subscription } from '../../topic/subscription.js';
import { checkTopicName } from '../../topic/topic-name.js';
import type { BackpressurePolicy } from '../decorators/backpressure.decorator.js';
import { SLOW_CLIENT, SLOW_CLIENT_STATUS } from '../dispatch/slow-client.js';
import { type PacedClient, PacedSubscriber } from './paced-subscriber.js';
import { TopicPlaces } from './topic-places.js';
import { type TopicClient, TopicSubscriber } from './topic-subscriber.js';

/** Under which a client has its topics: gateways put properties of their own on clients, by any name. */
export const TOPICS = Symbol('nestwire.topics');

/** Whoever has topics of its own: a client. */
export interface TopicMember {
  /** @internal */
  readonly [TOPICS]: ClientTopics;
}

/** Publishes to all subscribers of a topic, or to all but some. */
export interface TopicPublisher {
  /**
   * Sends an event to every subscriber of a topic, on every node. A failure that nobody waits for is logged.
   * @param data anything that JSON can say
   * @returns where it stands in the topic, once the broker has it; undefined where there is no history
   * @throws TypeError for an event or data that cannot be sent, TopicNameError, BrokerUnavailableError
   */
  publish(topic: string, event: string, data?: unknown): Promise<Position | undefined>;
}

/** How a subscription goes whose handler has `@Backpressure()`. */
export interface Pace {
  readonly policy: BackpressurePolicy;
  readonly messageDropped: () => void;
}

/** What a client asks for under an id. */
export interface Requested {
  readonly topic: string;
  /** What its handler said of the client. */
  readonly info: unknown;
  /** Up to where the client has had the topic's messages. */
  readonly recover: Position | undefined;
  /** Absent where messages wait in the client's send buffer. */
  readonly pace: Pace | undefined;
}

/** A client, as its topics see it. */
interface Client extends TopicMember, TopicClient, PacedClient {
  close(code: number, reason: string): void;
}

/** Where a client's topics belong. */
export interface TopicHub extends TopicPublisher, Pick<BrokerSink, 'failed'> {
  /** To all but these clients. */
  except(...clients: readonly TopicMember[]): TopicPublisher;
  /** An id for a client, unique over all nodes. */
  nextId(): string;
  /** Sends a topic's messages to a subscription. @throws BrokerUnavailableError */
  add(subscription: Subscription, recover?: Position): Promise<void>;
  remove(subscription: Subscription): void;
  /** Told of what nobody may be waiting for. */
  subscribingFailed(error: unknown): void;
  /** Whether anybody wants to know who comes and goes. */
  readonly isWatched: boolean;
  /** A client's first subscription to a topic has begun, or its last has ended. */
  changed(type: 'join' | 'leave', topic: string, client: TopicMember, info: unknown): void;
}

/** One subscription of the client. */
interface Membership {
  readonly subscription: Subscription;
  /** There while the broker is at work for it. */
  adding: Promise<void> | undefined;
  hasEnded: boolean;
  readonly freePlace: () => void;
}

export class ClientTopics {
  /** Of the client, unique over all nodes. */
  readonly id: string;
  private readonly client: Client;
  private readonly hub: TopicHub;
  private readonly places: TopicPlaces;
  /** What the application has subscribed the client to, by topic. */
  private readonly own: Map<string, Membership>;
  /** What the client has subscribed to, by id. */
  private readonly requested: Map<RequestId, Membership>;
  private hasEnded: boolean;

  /** @param maxTopics 0 for no limit */
  constructor(client: Client, hub: TopicHub, maxTopics: number) {
    this.id = hub.nextId();
    this.client = client;
    this.hub = hub;
    this.places = new TopicPlaces(maxTopics);
    this.own = new Map();
    this.requested = new Map();
    this.hasEnded = false;
  }

  /** Each topic once. */
  get names(): Set<string> {
    const names = new Set(this.own.keys());
    for (const { subscription } of this.requested.values()) names.add(subscription.topic);
    return names;
  }

  /** Whether the client has a subscription under this id. */
  has(id: RequestId): boolean {
    return this.requested.has(id);
  }

  /**
   * A place for what the client asks for, before it is asked whether it may.
   * @returns what frees the place again, for a request that comes to nothing @throws TooManyTopicsError
   */
  takePlace(): () => void {
    return this.places.take();
  }

  /**
   * The application subscribes the client. A failure that nobody waits for is logged.
   * @throws TopicNameError, TooManyTopicsError, BrokerUnavailableError
   */
  subscribe(topic: string, info: unknown): Promise<void> {
    const subscribed = this.subscribeOwn(topic, info);
    subscribed.catch((error: unknown) => this.hub.subscribingFailed(error));
    return subscribed;
  }

  /**
   * The client subscribes under an id.
   * @param freePlace of the place that was taken for it
   * @throws BrokerUnavailableError
   */
  async subscribeAs(id: RequestId, { topic, info, recover, pace }: Requested, freePlace: () => void): Promise<void> {
    const plain = new TopicSubscriber(this.id, this.client, id, info);
    const subscriber = pace === undefined ? plain : this.paced(plain, id, pace);
    await this.add(this.requested, id, new Subscription(topic, subscriber, this.hub), freePlace, recover);
  }

  /** Ends what the application has begun and, with `complete`, what the client has. */
  unsubscribe(topic: string): void {
    this.end(this.own, topic);
    for (const [id, { subscription }] of this.requested) {
      if (subscription.topic !== topic) continue;
      this.end(this.requested, id);
      this.client.sendPrepared(new PreparedMessage(encodeComplete(id)));
    }
  }

  /** The client has cancelled. */
  cancel(id: RequestId): void {
    this.end(this.requested, id);
  }

  /** The client leaves. */
  endAll(): void {
    this.hasEnded = true;
    for (const topic of this.own.keys()) this.end(this.own, topic);
    for (const id of this.requested.keys()) this.end(this.requested, id);
  }

  private paced(subscriber: TopicSubscriber, id: RequestId, { policy, messageDropped }: Pace): PacedSubscriber {
    return new PacedSubscriber(subscriber, this.client, policy, {
      messageDropped,
      failed: (error) => this.hub.failed('A subscriber of a topic failed', error),
      tooSlow: (strategy) => {
        this.end(this.requested, id);
        if (strategy === 'error') this.client.sendPrepared(new PreparedMessage(encodeError(id, SLOW_CLIENT)));
        else this.client.close(SLOW_CLIENT_STATUS.code, SLOW_CLIENT_STATUS.reason);
      },
    });
  }

  private async subscribeOwn(topic: string, info: unknown): Promise<void> {
    checkTopicName(topic);
    const present = this.own.get(topic);
    if (this.hasEnded || present !== undefined) return present?.adding;
    const freePlace = this.places.take();
    const subscriber = new TopicSubscriber(this.id, this.client, undefined, info);
    await this.add(this.own, topic, new Subscription(topic, subscriber, this.hub), freePlace);
  }

  private async add<K>(
    list: Map<K, Membership>,
    key: K,
    subscription: Subscription,
    freePlace: () => void,
    recover?: Position,
  ): Promise<void> {
    const { topic, subscriber } = subscription;
    const membership: Membership = { subscription, adding: undefined, hasEnded: false, freePlace };
    try {
      checkInfo(subscriber.info);
      if (this.hub.isWatched && !this.isIn(topic)) this.hub.changed('join', topic, this.client, subscriber.info);
      list.set(key, membership);
      membership.adding = this.hub.add(subscription, recover);
      await membership.adding;
    } catch (error) {
      if (list.get(key) === membership) this.end(list, key);
      membership.hasEnded = true;
      throw error;
    } finally {
      membership.adding = undefined;
      if (membership.hasEnded) freePlace();
    }
  }

  private end<K>(list: Map<K, Membership>, key: K): void {
    const membership = list.get(key);
    if (membership === undefined) return;
    const { subscription, adding, freePlace } = membership;
    list.delete(key);
    membership.hasEnded = true;
    this.hub.remove(subscription);
    if (adding === undefined) freePlace();
    const { topic, subscriber } = subscription;
    if (this.hub.isWatched && !this.isIn(topic)) this.hub.changed('leave', topic, this.client, subscriber.info);
  }

  private isIn(topic: string): boolean {
    if (this.own.has(topic)) return true;
    for (const { subscription } of this.requested.values()) if (subscription.topic === topic) return true;
    return false;
  }
}

/** @throws TypeError for what JSON cannot say, which no other node could be told */
function checkInfo(info: unknown): void {
  if (info !== undefined) JSON.stringify(info);
}
