// One subscriber of one topic: what it has had already, and what waits for it while it is given what it missed.

import type { History, TopicEntry } from './broker.js';
import type { Position } from './position.js';
import type { Subscriber } from './subscriber.js';

/** Entries that may wait while history is read; beyond, what is missed is reported. */
const MAX_HELD = 1024;

export class Subscription {
  readonly topic: string;
  readonly subscriber: Subscriber;
  /** Whether the subscriber was told that it is subscribed, and has not left. */
  private isActive: boolean;
  /** Entries up to this offset it has had. */
  private after: number;
  /** There while history is read for it. */
  private held: TopicEntry[] | undefined;
  /** Where entries were lost while history was read. */
  private lostAt: Position | undefined;

  constructor(topic: string, subscriber: Subscriber) {
    this.topic = topic;
    this.subscriber = subscriber;
    this.isActive = true;
    this.after = 0;
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
    this.subscriber.ended?.();
  }

  /** Begins behind `position`, without anything that was before. */
  begin(position: Position | undefined): void {
    this.after = position?.offset ?? 0;
    this.subscriber.subscribed(position, false);
  }

  /** Entries that come from now on wait for `recover`. */
  hold(): void {
    this.held = [];
  }

  /** Goes on where the subscriber was, if that can be, and otherwise where the topic stands. */
  recover(since: Position, history: History): void {
    const held = this.held ?? [];
    this.held = undefined;
    if (history.isComplete) {
      this.after = since.offset;
      this.subscriber.subscribed(since, true);
      for (const entry of history.entries) this.deliver(entry);
    } else {
      this.begin(history.position);
    }
    const { lostAt } = this;
    this.lostAt = undefined;
    // What history brought goes beyond what was lost meanwhile, or it does not.
    if (lostAt !== undefined && !isUpTo(lostAt, history.position)) this.lose(lostAt);
    for (const entry of held) this.deliver(entry);
  }

  deliver(entry: TopicEntry): void {
    if (!this.isActive) return;
    if (this.held !== undefined) {
      if (this.held.length === MAX_HELD) this.lostAt = this.held.shift()!.position;
      this.held.push(entry);
      return;
    }
    const { message, position } = entry;
    if (position !== undefined) {
      if (position.offset <= this.after) return;
      this.after = position.offset;
    }
    if (message === undefined) return this.lose(position);
    const { subscriber } = this;
    const isExcepted =
      message.except !== undefined && subscriber.id !== undefined && message.except.includes(subscriber.id);
    if (!isExcepted) subscriber.next(message, position);
  }

  /** Entries up to `position` were missed and cannot be had any more. */
  lose(position: Position | undefined): void {
    if (!this.isActive) return;
    if (this.held !== undefined) {
      this.held = [];
      this.lostAt = position;
      return;
    }
    this.begin(position);
  }
}

function isUpTo(some: Position, other: Position): boolean {
  return some.epoch === other.epoch && some.offset <= other.offset;
}
