// One subscriber of one topic: what it has had already, and what waits for it while it is given what it missed. What the subscriber
// throws ends here: it is told of a message that it did not take as of one that was missed.

import type { BrokerSink, History, TopicEntry } from './broker.js';
import { isUpTo, type Position } from './position.js';
import type { Subscriber } from './subscriber.js';
import type { TopicMessage } from './topic-message.js';

/** Entries that may wait while history is read; beyond, what is missed is reported. */
const MAX_HELD = 1024;

export class Subscription {
  readonly topic: string;
  readonly subscriber: Subscriber;
  /** How much its feed had told when it came. */
  cameAt: number;
  private readonly sink: Pick<BrokerSink, 'failed'>;
  private isActive: boolean;
  /** Entries up to here it has had, or has been told that it missed them. */
  private after: Position | undefined;
  /** There while history is read for it, and delivered. */
  private held: TopicEntry[] | undefined;
  /** Up to where entries were lost meanwhile. */
  private lostAt: Position | undefined;

  constructor(topic: string, subscriber: Subscriber, sink: Pick<BrokerSink, 'failed'>) {
    this.topic = topic;
    this.subscriber = subscriber;
    this.cameAt = 0;
    this.sink = sink;
    this.isActive = true;
    this.after = undefined;
    this.held = undefined;
    this.lostAt = undefined;
  }

  get hasEnded(): boolean {
    return !this.isActive;
  }

  /** Nothing more is wanted. */
  end(): void {
    if (!this.isActive) return;
    this.isActive = false;
    this.held = undefined;
    try {
      this.subscriber.ended?.();
    } catch (error) {
      this.failed(error);
    }
  }

  /** Begins behind `position`, without anything that was before. */
  begin(position: Position | undefined): void {
    this.after = position;
    this.tellPosition(position, false);
  }

  /** Entries that come from now on wait for `recover`. */
  hold(): void {
    this.held = [];
  }

  /**
   * Goes on where the subscriber was, if that can be, and otherwise where the topic stands.
   * @param history in the epoch in which the topic's feed is now
   */
  recover(since: Position, { entries, isComplete, position }: History): void {
    if (isComplete) {
      this.after = since;
      this.tellPosition(since, true);
      for (const entry of entries) this.pass(entry);
    } else {
      this.begin(position);
    }
    this.release();
  }

  deliver(entry: TopicEntry): void {
    const { held } = this;
    if (held === undefined) return this.pass(entry);
    if (held.length === MAX_HELD) this.lostAt = held.shift()!.position;
    held.push(entry);
  }

  /** Entries up to `position` were missed and cannot be had any more. */
  lose(position: Position | undefined): void {
    if (!this.isActive) return;
    if (this.held !== undefined) {
      this.held = [];
      this.lostAt = position;
      return;
    }
    const { after } = this;
    // It was ahead of the feed: history had told it more.
    if (position !== undefined && after !== undefined && isUpTo(position, after) && position.offset < after.offset)
      return;
    this.begin(position);
  }

  /** Delivers what was held; more may come while the subscriber is told. */
  private release(): void {
    while (this.held !== undefined) {
      const { lostAt } = this;
      this.lostAt = undefined;
      if (lostAt !== undefined && !isUpTo(lostAt, this.after!)) this.begin(lostAt);
      const entry = this.held?.shift();
      if (entry === undefined) this.held = undefined;
      else this.pass(entry);
    }
  }

  private pass(entry: TopicEntry): void {
    if (!this.isActive) return;
    const { message, position } = entry;
    if (position !== undefined) {
      if (this.after !== undefined && isUpTo(position, this.after)) return;
      this.after = position;
    }
    if (message === undefined) this.begin(position);
    else if (!this.isExcepted(message)) this.give(message, position);
  }

  private give(message: TopicMessage, position: Position | undefined): void {
    try {
      this.subscriber.next(message, position);
    } catch (error) {
      this.failed(error);
      if (this.isActive) this.begin(position);
    }
  }

  private tellPosition(position: Position | undefined, recovered: boolean): void {
    try {
      this.subscriber.subscribed(position, recovered);
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    this.sink.failed('A subscriber of a topic failed', error);
  }

  private isExcepted({ except }: TopicMessage): boolean {
    const { id } = this.subscriber;
    return except !== undefined && id !== undefined && except.includes(id);
  }
}
