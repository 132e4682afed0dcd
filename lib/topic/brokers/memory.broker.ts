// The broker of one process: what is published is delivered in the same breath, and the last messages of each topic are kept for
// those who come back.

import { randomUUID } from 'node:crypto';
import { BehaviorSubject, type Observable } from 'rxjs';
import {
  type Broker,
  BrokerClosedError,
  type BrokerSink,
  type BrokerStatus,
  BrokerUnavailableError,
  DEFAULT_HISTORY,
  type History,
  type Presence,
  type TopicEntry,
} from '../broker.js';
import { resolveHistory } from '../history-options.js';
import type { Position } from '../position.js';
import type { TopicMessage } from '../topic-message.js';
import { type KeptTotal, MemoryHistory, type MemoryHistoryOptions } from './memory-history.js';
import { QuietTopics } from './quiet-topics.js';

export interface MemoryBrokerOptions {
  /**
   * How much is kept of each topic, and of all together; `false` for nothing.
   * @default { maxMessages: 256, maxAgeMs: 120000, maxLength: 1048576, maxTotalLength: 67108864 }
   */
  readonly history?: Partial<MemoryHistoryOptions> | false;
}

const DEFAULT_MEMORY_HISTORY: MemoryHistoryOptions = {
  ...DEFAULT_HISTORY,
  maxLength: 1024 * 1024,
  maxTotalLength: 64 * 1024 * 1024,
};

/** Histories that are looked at with each use of one, whether they can be forgotten. */
const LOOKED_AT = 2;

export class MemoryBroker implements Broker {
  readonly hasHistory: boolean;
  readonly status: Observable<BrokerStatus>;
  private readonly states: BehaviorSubject<BrokerStatus>;
  private readonly options: MemoryHistoryOptions;
  /** Of topics that somebody is subscribed to, or that have something to keep; the one used last stands last. */
  private readonly histories: Map<string, MemoryHistory>;
  private readonly kept: KeptTotal;
  private readonly subscribed: Set<string>;
  private readonly quiet: QuietTopics;
  private readonly lifeOfBroker: string;
  private lives: number;
  private sink: BrokerSink | undefined;

  /** @throws InvalidBrokerOptionError */
  constructor({ history }: MemoryBrokerOptions = {}) {
    this.hasHistory = history !== false;
    this.states = new BehaviorSubject<BrokerStatus>('closed');
    this.status = this.states.asObservable();
    this.options = resolveHistory(history, DEFAULT_MEMORY_HISTORY);
    this.histories = new Map();
    this.kept = { length: 0 };
    this.subscribed = new Set();
    this.quiet = new QuietTopics();
    this.lifeOfBroker = randomUUID();
    this.lives = 0;
    this.sink = undefined;
  }

  async start(sink: BrokerSink): Promise<void> {
    this.sink = sink;
    this.states.next('up');
  }

  subscribe(topic: string): Position | undefined {
    this.checkOpen();
    this.subscribed.add(topic);
    this.quiet.delete(topic);
    return this.hasHistory ? this.historyOf(topic).position : undefined;
  }

  unsubscribe(topic: string): void {
    this.subscribed.delete(topic);
    const history = this.histories.get(topic);
    if (history === undefined) return;
    this.use(topic, history);
    if (!history.isEmpty) return;
    for (const forgotten of this.quiet.add(topic)) this.histories.delete(forgotten);
  }

  publish(topic: string, message: TopicMessage, deadline: number): Position | undefined {
    const sink = this.checkOpen();
    if (performance.now() > deadline)
      throw new BrokerUnavailableError('The time limit for a message was over before it was published');
    const entry = this.hasHistory ? this.append(topic, message) : { message, position: undefined, previous: undefined };
    if (this.subscribed.has(topic)) sink.deliver(topic, entry);
    return entry.position;
  }

  async history(topic: string, since: Position): Promise<History> {
    this.checkOpen();
    return this.historyOf(topic).since(since);
  }

  async presence(topic: string): Promise<Presence> {
    return { members: this.checkOpen().membersOf(topic), isComplete: true };
  }

  async close(): Promise<void> {
    this.sink = undefined;
    this.histories.clear();
    this.kept.length = 0;
    this.quiet.clear();
    this.subscribed.clear();
    this.states.next('closed');
    this.states.complete();
  }

  private checkOpen(): BrokerSink {
    if (this.sink === undefined) throw new BrokerClosedError();
    return this.sink;
  }

  private append(topic: string, message: TopicMessage): TopicEntry {
    const history = this.historyOf(topic);
    this.quiet.delete(topic);
    const entry = history.append(message);
    this.use(topic, history);
    return entry;
  }

  private use(topic: string, history: MemoryHistory): void {
    history.use();
    this.histories.delete(topic);
    this.histories.set(topic, history);
    this.forget();
  }

  private historyOf(topic: string): MemoryHistory {
    const present = this.histories.get(topic);
    if (present !== undefined) return present;
    // A topic that was forgotten numbers its messages anew.
    const history = new MemoryHistory(topic, `${this.lifeOfBroker}.${++this.lives}`, this.options, this.kept);
    this.histories.set(topic, history);
    return history;
  }

  /** Lets go of topics that nobody comes back to, and of what is too much altogether: first of those used longest ago. */
  private forget(): void {
    let looked = 0;
    for (const [topic, history] of this.histories) {
      const isTooMuch = this.kept.length > this.options.maxTotalLength;
      if (!isTooMuch && (++looked > LOOKED_AT || !history.isOver)) break;
      history.clear();
      this.histories.delete(topic);
      this.quiet.delete(topic);
      // Its numbers go on as long as somebody counts on them.
      if (this.subscribed.has(topic)) this.histories.set(topic, history);
    }
  }
}
