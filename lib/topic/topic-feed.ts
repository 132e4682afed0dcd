// One topic on this node, from the broker to its subscriptions: in order, each entry once. Where an entry does not follow upon the
// one before, what lies between is read from the broker's history; what cannot be had any more is reported, never passed over.

import type { Broker, BrokerSink, History, TopicEntry } from './broker.js';
import { isUpTo, type Position } from './position.js';
import type { Subscription } from './subscription.js';

/** Entries that may wait; beyond, they are read from history, too. */
const MAX_HELD = 1024;
const RETRY_MS = 1_000;

/** What a feed needs of its broker. */
export type FeedSource = Pick<Broker, 'history'>;

export class TopicFeed {
  readonly topic: string;
  private readonly present: Set<Subscription>;
  private readonly source: FeedSource;
  private readonly sink: Pick<BrokerSink, 'failed'>;
  /** How much was told. */
  private told: number;
  /** Of the last entry that was delivered; undefined until the feed is open, and where there is no history. */
  private last: Position | undefined;
  /** What came while the feed was busy. */
  private held: TopicEntry[];
  /** Until the broker has subscribed, while history is read, and while subscribers are told: they may publish. */
  private isBusy: boolean;
  /** Whether history is being read, or waits to be read again. */
  private isReading: boolean;
  /** The last time that history was asked. */
  private answer: Promise<void> | undefined;
  /** Whether entries may have been missed since history was last asked for. */
  private isStale: boolean;
  private isClosed: boolean;
  private retry: NodeJS.Timeout | undefined;

  constructor(topic: string, source: FeedSource, sink: Pick<BrokerSink, 'failed'>) {
    this.topic = topic;
    this.present = new Set();
    this.source = source;
    this.sink = sink;
    this.told = 0;
    this.last = undefined;
    this.held = [];
    this.isBusy = true;
    this.isReading = false;
    this.answer = undefined;
    this.isStale = false;
    this.isClosed = false;
    this.retry = undefined;
  }

  /** Of the last entry that was delivered: whoever subscribes now gets what comes after it. */
  get position(): Position | undefined {
    return this.last;
  }

  /** Whoever is sent what comes. */
  get subscriptions(): ReadonlySet<Subscription> {
    return this.present;
  }

  add(subscription: Subscription): void {
    subscription.cameAt = this.told;
    this.present.add(subscription);
  }

  /** @returns whether it was there */
  remove(subscription: Subscription): boolean {
    return this.present.delete(subscription);
  }

  /** The broker has subscribed. @param position where the topic stood then */
  open(position: Position | undefined): void {
    this.last = position;
    this.proceed();
  }

  close(): void {
    this.isClosed = true;
    this.held = [];
    clearTimeout(this.retry);
  }

  deliver(entry: TopicEntry): void {
    if (this.isClosed) return;
    if (this.isBusy) return this.hold(entry);
    this.isBusy = true;
    this.take(entry);
    this.proceed();
  }

  /** Entries may have been missed. */
  interrupted(): void {
    if (this.isClosed) return;
    this.isStale = true;
    if (this.retry !== undefined) return this.read();
    if (this.isBusy) return;
    this.isBusy = true;
    this.proceed();
  }

  /** Asks history where the topic stands. */
  async refresh(): Promise<void> {
    this.interrupted();
    await this.answer;
  }

  private hold(entry: TopicEntry): void {
    if (this.held.length >= MAX_HELD) {
      this.held = [];
      this.isStale = true;
    }
    this.held.push(entry);
  }

  /** Goes on with what came meanwhile, one by one: an entry may be missing among them, too. */
  private proceed(): void {
    while (!this.isReading && !this.isClosed) {
      if (this.isStale) {
        this.recover();
        continue;
      }
      const entry = this.held.shift();
      if (entry === undefined) {
        this.isBusy = false;
        return;
      }
      this.take(entry);
    }
  }

  private take(entry: TopicEntry): void {
    const { last } = this;
    const { position } = entry;
    if (last === undefined) return this.pass(entry);
    // It is not known where it belongs.
    if (position === undefined) return this.lose(last);
    if (isUpTo(position, last)) return;
    if (position.epoch === last.epoch && entry.previous === last.offset) return this.pass(entry);
    this.held.unshift(entry);
    this.read();
  }

  private recover(): void {
    if (this.last !== undefined) return this.read();
    this.isStale = false;
    this.lose(undefined);
  }

  private read(): void {
    clearTimeout(this.retry);
    this.retry = undefined;
    this.isReading = true;
    this.isStale = false;
    const known = this.held;
    this.held = [];
    this.answer = this.source.history(this.topic, this.last!).then(
      (history) => {
        this.isReading = false;
        if (this.isClosed) return;
        this.apply(history, known);
        this.proceed();
      },
      (error: unknown) => {
        if (this.isClosed) return;
        const why = error instanceof Error ? error.message : String(error);
        this.sink.failed(
          'The history of a topic could not be read',
          new Error(`topic ${nameOf(this.topic)}: ${why}`, { cause: error }),
        );
        this.held = [...known, ...this.held].slice(-MAX_HELD);
        this.retry = setTimeout(() => this.read(), RETRY_MS).unref();
      },
    );
  }

  /** @param known what had come before history was asked: history has it, or says that something before it is missing */
  private apply({ entries, isComplete, position: end }: History, known: readonly TopicEntry[]): void {
    if (isComplete) for (const entry of entries) this.pass(entry);
    let isLost = !isComplete;
    let isStray = false;
    for (const entry of known) {
      const last = this.last!;
      const { position, previous } = entry;
      if (position !== undefined && isUpTo(position, last)) continue;
      // Of another epoch than history's it is gone with that, and nothing says where an entry without a predecessor belongs.
      if (position?.epoch !== end.epoch || previous === undefined) {
        isStray = true;
        continue;
      }
      if (last.epoch !== end.epoch || last.offset !== previous) {
        // Not behind `previous`: who is ahead of it already would not be told.
        this.lose({ epoch: end.epoch, offset: position.offset - 1 });
        isStray = false;
      }
      this.pass(entry);
      isLost = false;
    }
    const last = this.last!;
    if (isLost || isStray) this.lose(isUpTo(end, last) ? last : end);
    // What lies between them may have been missed, and is not to be asked for by a later entry only.
    else if (!isComplete && !isUpTo(end, last)) this.isStale = true;
  }

  private pass(entry: TopicEntry): void {
    this.last = entry.position;
    this.tell((subscription) => subscription.deliver(entry));
  }

  private lose(position: Position | undefined): void {
    this.last = position;
    this.tell((subscription) => subscription.lose(position));
  }

  /** Those who come while others are told came after it. */
  private tell(one: (subscription: Subscription) => void): void {
    const before = this.told++;
    for (const subscription of this.present) {
      if (subscription.cameAt > before) return;
      one(subscription);
    }
  }
}

/** Of names that may be long, or break a line of the log. */
function nameOf(topic: string): string {
  const shown = JSON.stringify(topic);
  return shown.length <= 80 ? shown : `${shown.slice(0, 80)}…`;
}
