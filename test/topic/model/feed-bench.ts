// A topic's feed with one subscription, and a history that answers when the test says so.

import type { History } from '../../../lib/topic/broker.js';
import type { Position } from '../../../lib/topic/position.js';
import { Subscription } from '../../../lib/topic/subscription.js';
import { TopicFeed } from '../../../lib/topic/topic-feed.js';
import { type Deferred, deferred } from './deferred.js';
import { entry, NotingSubscriber } from './noting-subscriber.js';

export class FeedBench {
  readonly reads: { topic: string; since: Position; answer: Deferred<History> }[] = [];
  readonly failures: string[] = [];
  private readonly sink = {
    failed: (what: string, error: unknown): number => this.failures.push(`${what}: ${(error as Error).message}`),
  };
  readonly subscriber = new NotingSubscriber();
  readonly feed: TopicFeed;
  private answered = 0;

  constructor(topic = 'room') {
    const history = (topic: string, since: Position): Promise<History> => {
      const answer = deferred<History>();
      this.reads.push({ topic, since, answer });
      return answer.promise;
    };
    this.feed = new TopicFeed(topic, { history }, this.sink);
    this.add(this.subscriber);
  }

  add(subscriber: NotingSubscriber): Subscription {
    const subscription = new Subscription(this.feed.topic, subscriber, this.sink);
    this.feed.add(subscription);
    return subscription;
  }

  deliver(...offsets: number[]): void {
    for (const offset of offsets) this.feed.deliver(entry(offset));
  }

  get told(): string[] {
    return this.subscriber.take();
  }

  /** Answers the oldest question that is open. */
  async answer(history: History | Error): Promise<void> {
    const { answer } = this.reads[this.answered++]!;
    if (history instanceof Error) answer.reject(history);
    else answer.resolve(history);
    for (let i = 0; i < 3; i++) await Promise.resolve();
  }

  /** Since when it was asked, all in all. */
  get asked(): (number | string)[] {
    return this.reads.map(({ since }) => (since.epoch === 'e' ? since.offset : `${since.offset} of ${since.epoch}`));
  }
}
