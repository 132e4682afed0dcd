// The nodes that a case of the contract suite runs on: brokers that share what stands behind them, each with a sink that
// notes what comes. Where a broker knows one node only, the first node is the last one, too.

import { expect } from '@jest/globals';
import type {
  Broker,
  BrokerSink,
  BrokerStatus,
  History,
  HistoryOptions,
  PresentMember,
  TopicEntry,
} from '../../../lib/topic/broker.js';
import type { Position } from '../../../lib/topic/position.js';
import { encodeBody, type TopicMessage } from '../../../lib/topic/topic-message.js';
import { Inbox, within } from '../../support/bounded-wait.js';

/** What the suite has to know of a broker, and can do to it. */
export interface BrokerHarness {
  readonly hasHistory: boolean;
  /** Whether several nodes share the topics. */
  readonly hasManyNodes: boolean;
  /** A node on what stands behind all of them, not started. @param history what its default has to be, where given */
  createBroker(history?: Partial<HistoryOptions>): Broker | Promise<Broker>;
  /** Called before each case: what the case before left is not met in this one. */
  isolate?(): Promise<void>;
  /** A broker that finds nobody where it should connect to; absent where that cannot be. */
  createUnreachable?(): Broker | Promise<Broker>;
  /** Cuts off all nodes, connected and connecting, so that they notice; absent where that cannot be. */
  readonly outage?: { begin(): Promise<void>; end(): Promise<void> };
}

/** Time enough for a broker that is there. */
const PUBLISH_LIMIT_MS = 20_000;

/** Notes what comes, by topic. */
export class NotingSink implements BrokerSink {
  readonly interruptions = new Inbox<string | undefined>('an interruption');
  readonly failures: unknown[] = [];
  readonly members = new Map<string, readonly PresentMember[]>();
  private readonly entries = new Map<string, Inbox<TopicEntry>>();

  entriesOf(topic: string): Inbox<TopicEntry> {
    let entries = this.entries.get(topic);
    if (entries === undefined) this.entries.set(topic, (entries = new Inbox(`an entry of ${topic.slice(0, 40)}`)));
    return entries;
  }

  deliver(topic: string, entry: TopicEntry): void {
    this.entriesOf(topic).push(entry);
  }

  interrupted(topic?: string): void {
    this.interruptions.push(topic);
  }

  membersOf(topic: string): readonly PresentMember[] {
    return this.members.get(topic) ?? [];
  }

  failed(what: string, error: unknown): void {
    this.failures.push(`${what}: ${String(error)}`);
  }
}

export class TestNode {
  readonly broker: Broker;
  readonly sink: NotingSink;
  readonly statuses: BrokerStatus[];
  /** What the status is from now on. */
  readonly changes: Inbox<BrokerStatus>;
  isStatusComplete: boolean;

  constructor(broker: Broker) {
    this.broker = broker;
    this.sink = new NotingSink();
    this.statuses = [];
    this.changes = new Inbox('a change of status');
    this.isStatusComplete = false;
    broker.status.subscribe({
      next: (status) => {
        this.statuses.push(status);
        this.changes.push(status);
      },
      complete: () => (this.isStatusComplete = true),
    });
  }

  start(): Promise<void> {
    return within(this.broker.start(this.sink), 'a broker to start');
  }

  async subscribe(topic: string): Promise<Position | undefined> {
    return within((async () => this.broker.subscribe(topic))(), 'a subscription');
  }

  async unsubscribe(topic: string): Promise<void> {
    await within((async () => this.broker.unsubscribe(topic))(), 'the end of a subscription');
  }

  /** Publishes text as the data of an event. */
  publish(topic: string, text: string): Promise<Position | undefined> {
    return this.publishMessage(topic, messageOf(text));
  }

  publishMessage(
    topic: string,
    message: TopicMessage,
    deadline = performance.now() + PUBLISH_LIMIT_MS,
  ): Promise<Position | undefined> {
    return within((async () => this.broker.publish(topic, message, deadline))(), 'a publish', 2 * PUBLISH_LIMIT_MS);
  }

  history(topic: string, since: Position): Promise<History> {
    return within(this.broker.history(topic, since), 'a history');
  }

  close(): Promise<void> {
    return within(this.broker.close(), 'a broker to close');
  }

  /** The next entries of a topic. */
  take(topic: string, count: number): Promise<TopicEntry[]> {
    return this.sink.entriesOf(topic).take(count);
  }

  /** Waits until the status is this one. */
  async reaches(status: BrokerStatus): Promise<void> {
    while ((await this.changes.next()) !== status);
  }
}

/** The nodes of one case. */
export class Nodes {
  private readonly harness: BrokerHarness;
  private readonly nodes: TestNode[];

  constructor(harness: BrokerHarness) {
    this.harness = harness;
    this.nodes = [];
  }

  async create(history?: Partial<HistoryOptions>): Promise<TestNode> {
    return this.add(await this.harness.createBroker(history));
  }

  add(broker: Broker): TestNode {
    const node = new TestNode(broker);
    this.nodes.push(node);
    return node;
  }

  async start(history?: Partial<HistoryOptions>): Promise<TestNode> {
    const node = await this.create(history);
    await node.start();
    return node;
  }

  /** Three nodes, or the one that there can be. */
  async startAll(history?: Partial<HistoryOptions>): Promise<[TestNode, ...TestNode[]]> {
    const first = await this.start(history);
    if (!this.harness.hasManyNodes) return [first];
    return [first, await this.start(history), await this.start(history)];
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.splice(0).map((node) => node.close()));
  }

  /** Nothing went wrong on any of them. */
  expectNoFailures(): void {
    expect(this.nodes.flatMap(({ sink }) => sink.failures)).toEqual([]);
  }
}

export function last<T>(items: readonly [T, ...T[]]): T {
  return items[items.length - 1]!;
}

export function messageOf(text: string): TopicMessage {
  return { body: encodeBody('told', text) };
}

export function textsOf(entries: readonly TopicEntry[]): unknown[] {
  return entries.map(({ message }) => message && (JSON.parse(message.body) as { data: unknown }).data);
}

/** From `first` to `last`. */
export function numbered(word: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${word} ${first + i}`);
}

/** Each entry follows upon the one before, the first one upon `since`. */
export function expectChain(entries: readonly TopicEntry[], since: Position): void {
  let before = since;
  for (const { position, previous } of entries) {
    expect(position).toEqual({ epoch: before.epoch, offset: expect.any(Number) });
    expect(previous).toBe(before.offset);
    expect(Number.isSafeInteger(position!.offset)).toBe(true);
    expect(position!.offset).toBeGreaterThan(before.offset);
    before = position!;
  }
}
