// One topic on this node, from the broker to its subscriptions: in order, each entry once. Where an entry does not follow upon the
// one before, what lies between is read from the broker's history; what cannot be had any more is reported, never passed over.

import type { Broker, BrokerSink, History, TopicEntry } from './broker.js';
import type { Position } from './position.js';
import type { Subscription } from './subscription.js';

/** Entries that may wait while history is read; beyond, they are read from history too. */
const MAX_HELD = 1024;
const RETRY_MS = 1_000;

/** What a feed needs of its broker. */
export type FeedSource = Pick<Broker, 'hasHistory' | 'history'>;

export class TopicFeed {
  readonly topic: string;
  /** Whoever is sent what comes. */
  readonly subscriptions: Set<Subscription>;
  private readonly source: FeedSource;
  private readonly sink: Pick<BrokerSink, 'failed'>;
  /** Of the last entry that was delivered; undefined before the first, and where there is no history. */
  private last: Position | undefined;
  /** There until the broker has subscribed, and while history is read. */
  private held: TopicEntry[] | undefined;
  private isReading: boolean;
  /** Whether entries may have been missed since history was last asked for. */
  private isStale: boolean;
  private isClosed: boolean;
  private retry: NodeJS.Timeout | undefined;

  constructor(topic: string, source: FeedSource, sink: Pick<BrokerSink, 'failed'>) {
    this.topic = topic;
    this.subscriptions = new Set();
    this.source = source;
    this.sink = sink;
    this.last = undefined;
    this.held = [];
    this.isReading = false;
    this.isStale = false;
    this.isClosed = false;
    this.retry = undefined;
  }

  /** Of the last entry that was delivered: whoever subscribes now gets what comes after it. */
  get position(): Position | undefined {
    return this.last;
  }

  /** The broker has subscribed. @param position where the topic stood then */
  open(position: Position | undefined): void {
    this.last = position;
    this.release();
    if (this.isStale) this.interrupted();
  }

  close(): void {
    this.isClosed = true;
    this.held = undefined;
    clearTimeout(this.retry);
  }

  deliver(entry: TopicEntry): void {
    const { held, last } = this;
    if (this.isClosed) return;
    if (held !== undefined) return hold(held, entry);
    const { position } = entry;
    if (position === undefined || last === undefined) return this.pass(entry);
    if (position.epoch === last.epoch) {
      if (position.offset <= last.offset) return;
      if (entry.previous === last.offset) return this.pass(entry);
    }
    this.held = [entry];
    void this.catchUp();
  }

  /** Entries may have been missed. */
  interrupted(): void {
    if (this.isClosed) return;
    if (!this.source.hasHistory) return this.lose(undefined);
    this.isStale = true;
    // Before it is open, there is no position to go on from.
    if (this.last === undefined) return;
    this.held ??= [];
    void this.catchUp();
  }

  private async catchUp(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    this.isStale = false;
    clearTimeout(this.retry);
    const since = this.last!;
    let history: History | undefined;
    try {
      history = await this.source.history(this.topic, since);
    } catch (error) {
      this.sink.failed(`The history of topic ${nameOf(this.topic)} could not be read`, error);
    }
    this.isReading = false;
    if (this.isClosed) return;
    if (history === undefined) {
      this.retry = setTimeout(() => void this.catchUp(), RETRY_MS);
      this.retry.unref();
      return;
    }
    if (history.isComplete) for (const entry of history.entries) this.pass(entry);
    else this.lose(history.position);
    // Where history knows nothing of what lies before an entry that has come, nobody does.
    const next = this.held?.find((entry) => isAfter(entry.position, this.last));
    if (this.last === since && next !== undefined && next.previous !== since.offset) this.lose(positionBefore(next));
    this.release();
    if (this.isStale) this.interrupted();
  }

  /** Delivers what was held, one by one: an entry may be missing among them, too. */
  private release(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const entry of held) this.deliver(entry);
  }

  private pass(entry: TopicEntry): void {
    this.last = entry.position;
    for (const subscription of this.subscriptions) subscription.deliver(entry);
  }

  private lose(position: Position | undefined): void {
    this.last = position;
    for (const subscription of this.subscriptions) subscription.lose(position);
  }
}

function hold(held: TopicEntry[], entry: TopicEntry): void {
  // What is thrown away here is missing when the next one comes, and is read then.
  if (held.length === MAX_HELD) held.length = 0;
  held.push(entry);
}

function isAfter(position: Position | undefined, last: Position | undefined): boolean {
  return position !== undefined && (position.epoch !== last?.epoch || position.offset > last.offset);
}

function positionBefore({ position, previous }: TopicEntry): Position {
  return { epoch: position!.epoch, offset: previous! };
}

/** Of names that may be long, or break a line of the log. */
function nameOf(topic: string): string {
  const shown = JSON.stringify(topic);
  return shown.length <= 80 ? shown : `${shown.slice(0, 80)}…`;
}
