// All topics of this node: which there are, and who is in them. The broker subscribes to a topic for the first subscriber and
// unsubscribes after the last, one call for a topic at a time; those who come and go meanwhile share it.

import {
  type Broker,
  BrokerClosedError,
  type BrokerSink,
  BrokerUnavailableError,
  type History,
  type PresentMember,
  type TopicEntry,
} from './broker.js';
import { Gate, type Patience } from './gate.js';
import type { Position } from './position.js';
import { Subscription } from './subscription.js';
import { within } from './time-limit.js';
import { type FeedSource, TopicFeed } from './topic-feed.js';

/** Histories read at a time: after an interruption every topic asks for its own, of a broker that may be busy enough. */
const READING_AT_ONCE = 16;
/** How much longer a topic waits for its history than a client does: what comes late is better than to ask once more. */
const TIMES_LONGER = 6;

export interface TableOptions {
  /** How long the broker may take to subscribe to a topic, or to say what was missed, in milliseconds. */
  readonly timeoutMs: number;
  /** Told of what went wrong where nobody waits. */
  failed(what: string, error: unknown): void;
}

/** A topic that somebody is interested in. */
interface OpenTopic {
  readonly feed: TopicFeed;
  /** There until it is open. */
  opening: Promise<void> | undefined;
  /** Subscriptions, with those that wait for the topic to open. */
  interested: number;
}

export class TopicTable implements BrokerSink, FeedSource {
  private readonly broker: Broker;
  private readonly options: TableOptions;
  private readonly reading: Gate;
  private readonly topics: Map<string, OpenTopic>;
  /** The last call to the broker for a topic, while it is pending. */
  private readonly calls: Map<string, Promise<unknown>>;
  private isClosed: boolean;

  constructor(broker: Broker, options: TableOptions) {
    this.broker = broker;
    this.options = options;
    this.reading = new Gate(READING_AT_ONCE);
    this.topics = new Map();
    this.calls = new Map();
    this.isClosed = false;
  }

  /** The topics with subscribers on this node. */
  get names(): IterableIterator<string> {
    return this.topics.keys();
  }

  /** Subscriptions to a topic on this node. */
  subscriptionsTo(topic: string): Iterable<Subscription> {
    return this.topics.get(topic)?.feed.subscriptions ?? [];
  }

  /**
   * Sends the topic's messages to the subscription's subscriber, until `remove`.
   * @param recover where the subscriber was before; absent for one that begins anew
   * @throws BrokerUnavailableError, BrokerClosedError
   */
  async add(subscription: Subscription, recover?: Position): Promise<void> {
    this.checkOpen();
    const { topic } = subscription;
    const open = this.open(topic);
    open.interested++;
    try {
      if (open.opening !== undefined) await open.opening;
    } catch (error) {
      this.lose(topic, open);
      throw error;
    }
    this.checkOpen();
    // It may have ended while it waited, when `remove` knew nothing of it yet.
    if (subscription.hasEnded) return this.lose(topic, open);
    open.feed.add(subscription);
    const { position } = open.feed;
    if (recover === undefined || position === undefined) subscription.begin(position);
    else await this.recover(subscription, open.feed, recover);
  }

  remove(subscription: Subscription): void {
    subscription.end();
    const open = this.topics.get(subscription.topic);
    if (open?.feed.remove(subscription)) this.lose(subscription.topic, open);
  }

  /** The application ends, and its broker with it. */
  close(): void {
    this.isClosed = true;
    const feeds = Array.from(this.topics.values(), ({ feed }) => feed);
    // First, so that the broker is asked nothing more by those who end.
    this.topics.clear();
    for (const feed of feeds) {
      feed.close();
      for (const subscription of feed.subscriptions) subscription.end();
    }
  }

  // The broker's sink.

  deliver(topic: string, entry: TopicEntry): void {
    this.topics.get(topic)?.feed.deliver(entry);
  }

  interrupted(topic?: string): void {
    if (topic !== undefined) this.topics.get(topic)?.feed.interrupted();
    else for (const { feed } of this.topics.values()) feed.interrupted();
  }

  membersOf(topic: string): readonly PresentMember[] {
    const members = new Map<string, PresentMember>();
    for (const { subscriber } of this.subscriptionsTo(topic)) {
      const { id, info } = subscriber;
      if (id === undefined) continue;
      if (info !== undefined || !members.has(id)) members.set(id, info === undefined ? { id } : { id, info });
    }
    return [...members.values()];
  }

  failed(what: string, error: unknown): void {
    this.options.failed(what, error);
  }

  // The feeds' source.

  history(topic: string, since: Position): Promise<History> {
    return this.readInTurn(() => this.broker.history(topic, since));
  }

  private checkOpen(): void {
    if (this.isClosed) throw new BrokerClosedError();
  }

  private readInTurn<T>(read: () => Promise<T>, patience?: Patience): Promise<T> {
    const limitMs = this.options.timeoutMs * TIMES_LONGER;
    const late = (): Error => unavailable('say what was missed', limitMs);
    return this.reading.run(() => within(read(), limitMs, late), patience);
  }

  private async recover(subscription: Subscription, feed: TopicFeed, since: Position): Promise<void> {
    const { timeoutMs: limitMs } = this.options;
    const late = (): Error => unavailable('say what was missed', limitMs);
    subscription.hold();
    try {
      const history = await within(this.missed(subscription, feed, since, { limitMs, late }), limitMs, late);
      if (history !== undefined && !subscription.hasEnded) subscription.recover(since, history);
    } catch (error) {
      this.remove(subscription);
      throw error;
    }
  }

  /**
   * What came after a position, in the epoch of the topic's feed.
   * @returns undefined where nobody wants to know any more
   */
  private async missed(
    subscription: Subscription,
    feed: TopicFeed,
    since: Position,
    patience: Patience,
  ): Promise<History | undefined> {
    const { topic } = subscription;
    const read = async (): Promise<History | undefined> =>
      subscription.hasEnded ? undefined : this.broker.history(topic, since);
    let history = await this.readInTurn(read, patience);
    // One of the two has not heard yet of an epoch that the other knows.
    while (history !== undefined && !subscription.hasEnded && history.position.epoch !== feed.position?.epoch) {
      await feed.refresh();
      history = await this.readInTurn(read, patience);
    }
    return history;
  }

  private open(topic: string): OpenTopic {
    const present = this.topics.get(topic);
    if (present !== undefined) return present;
    const open: OpenTopic = { feed: new TopicFeed(topic, this, this), opening: undefined, interested: 0 };
    this.topics.set(topic, open);
    const subscribed = this.call(topic, () => this.broker.subscribe(topic));
    if (!(subscribed instanceof Promise)) {
      open.feed.open(subscribed);
      return open;
    }
    const { timeoutMs } = this.options;
    const late = (): Error => unavailable('subscribe to a topic', timeoutMs);
    open.opening = within(subscribed, timeoutMs, late).then((position) => {
      open.opening = undefined;
      open.feed.open(position);
    });
    return open;
  }

  /** One less is interested. */
  private lose(topic: string, open: OpenTopic): void {
    if (--open.interested > 0 || this.isClosed) return;
    open.feed.close();
    this.topics.delete(topic);
    const unsubscribed = this.call(topic, () => this.broker.unsubscribe(topic));
    if (!(unsubscribed instanceof Promise)) return;
    unsubscribed.catch((error: unknown) => this.failed('A topic could not be unsubscribed', error));
  }

  /** Calls the broker when the call before for this topic is done, and at once where there is none. Does not throw. */
  private call<T>(topic: string, action: () => T | Promise<T>): T | Promise<T> {
    const before = this.calls.get(topic);
    const call = before === undefined ? attempt(action) : before.then(action, action);
    if (!(call instanceof Promise)) return call;
    this.calls.set(topic, call);
    const done = (): void => {
      if (this.calls.get(topic) === call) this.calls.delete(topic);
    };
    call.then(done, done);
    return call;
  }
}

function attempt<T>(action: () => T | Promise<T>): T | Promise<T> {
  try {
    return action();
  } catch (thrown) {
    const error = thrown as Error;
    return Promise.reject(error);
  }
}

function unavailable(what: string, timeoutMs: number): Error {
  return new BrokerUnavailableError(`The broker did not ${what} within ${timeoutMs} ms: it is away, or too slow`);
}
