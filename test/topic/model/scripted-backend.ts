// A broker that does what a script says, for one topic: what stands behind all nodes, with the truth of all that was ever
// published, and each node's broker, which is late, leaves out, repeats, swaps, loses its connection and fails.

import { BehaviorSubject } from 'rxjs';
import {
  type Broker,
  type BrokerSink,
  type BrokerStatus,
  BrokerUnavailableError,
  type History,
  type Presence,
  type TopicEntry,
} from '../../../lib/topic/broker.js';
import type { Position } from '../../../lib/topic/position.js';
import type { TopicMessage } from '../../../lib/topic/topic-message.js';

/** What was published, by its place in the order of everything that ever was. */
export interface Published {
  readonly serial: number;
  /** Its message is undefined where it cannot be read. */
  readonly entry: TopicEntry;
}

export class ScriptedBackend {
  /** Everything that was ever published. */
  readonly log: Published[] = [];
  readonly nodes: ScriptedBroker[] = [];
  readonly hasHistory: boolean;
  /** By epoch: the serial of its first message. */
  private readonly beginnings = new Map<string, number>();
  private position: Position = { epoch: '', offset: 0 };
  /** What came up to this offset is not remembered any more. */
  private trimmed = 0;

  constructor(hasHistory: boolean) {
    this.hasHistory = hasHistory;
    this.beginEpoch(0);
  }

  /** @param step by how much its offset is larger than the one before */
  publish(message: TopicMessage | undefined, step: number): Published {
    const { epoch, offset: previous } = this.position;
    this.position = { epoch, offset: previous + step };
    const entry = this.hasHistory
      ? { message, position: this.position, previous }
      : { message, position: undefined, previous: undefined };
    const published = { serial: this.log.length, entry };
    this.log.push(published);
    for (const node of this.nodes) node.receive(entry);
    for (const node of this.nodes) if (node.isImmediate) node.deliver(Number.POSITIVE_INFINITY);
    return published;
  }

  /** Restarted, failed over or flushed: its numbers begin anew, and what was before is gone. */
  beginEpoch(offset: number): void {
    this.position = { epoch: `epoch ${this.beginnings.size}`, offset };
    this.trimmed = offset;
    this.beginnings.set(this.position.epoch, this.log.length);
  }

  /** Forgets all messages but the newest. */
  trim(keep: number): void {
    const own = this.log.slice(this.beginnings.get(this.position.epoch));
    const newestGone = own.at(-1 - keep)?.entry.position;
    if (newestGone !== undefined) this.trimmed = Math.max(this.trimmed, newestGone.offset);
  }

  get end(): Position | undefined {
    return this.hasHistory ? this.position : undefined;
  }

  since({ epoch, offset }: Position): History {
    const { position } = this;
    const isComplete = epoch === position.epoch && offset >= this.trimmed && offset <= position.offset;
    const entries = isComplete ? this.after({ epoch, offset }).map(({ entry }) => entry) : [];
    return { entries, isComplete, position };
  }

  /** The serial of the first message after a position. */
  serialAfter(position: Position): number {
    return this.after(position)[0]?.serial ?? this.endOf(position.epoch);
  }

  private after({ epoch, offset }: Position): Published[] {
    const own = this.log.slice(this.beginnings.get(epoch), this.endOf(epoch));
    return own.filter(({ entry }) => entry.position!.offset > offset);
  }

  private endOf(epoch: string): number {
    const begun = [...this.beginnings.keys()];
    return this.beginnings.get(begun[begun.indexOf(epoch) + 1] ?? '') ?? this.log.length;
  }
}

/** A call that waits for the script. */
interface PendingCall {
  /** Looks at, or changes, what stands behind; the caller hears of it when `answer` is called. */
  act(): void;
  answer(): void;
  fail(): void;
  hasActed: boolean;
}

export class ScriptedBroker implements Broker {
  readonly hasHistory: boolean;
  readonly status = new BehaviorSubject<BrokerStatus>('up');
  isConnected = true;
  /** Entries are delivered in the same breath in which they are published, and subscribing is done at once. */
  readonly isImmediate: boolean;
  private readonly backend: ScriptedBackend;
  private readonly topic: string;
  private sink!: BrokerSink;
  private isSubscribed = false;
  private readonly calls: PendingCall[] = [];
  /** On their way to this node. */
  private readonly queue: TopicEntry[] = [];
  /** Everything that was ever on its way. */
  private readonly seen: TopicEntry[] = [];

  constructor(backend: ScriptedBackend, topic: string, isImmediate: boolean) {
    this.backend = backend;
    this.topic = topic;
    this.hasHistory = backend.hasHistory;
    this.isImmediate = isImmediate;
    backend.nodes.push(this);
  }

  // The contract.

  async start(sink: BrokerSink): Promise<void> {
    this.sink = sink;
  }

  subscribe(): Position | undefined | Promise<Position | undefined> {
    const begin = (): Position | undefined => {
      this.isSubscribed = true;
      return this.backend.end;
    };
    return this.isImmediate ? begin() : this.call(begin);
  }

  unsubscribe(): void | Promise<void> {
    const end = (): void => {
      this.isSubscribed = false;
      // What is still on its way can be told from what comes after the next `subscribe` by its position only.
      if (!this.hasHistory) this.queue.length = 0;
    };
    return this.isImmediate ? end() : this.call(end);
  }

  history(_topic: string, since: Position): Promise<History> {
    return this.call(() => this.backend.since(since));
  }

  publish(): never {
    throw new Error('The script publishes');
  }

  async presence(): Promise<Presence> {
    return { members: [], isComplete: true };
  }

  async close(): Promise<void> {}

  // The script.

  receive(entry: TopicEntry): void {
    if (!this.isSubscribed || !this.isConnected) return;
    this.queue.push(entry);
    this.seen.push(entry);
  }

  deliver(count: number): void {
    for (let i = 0; i < count && this.queue.length > 0; i++) this.sink.deliver(this.topic, this.queue.shift()!);
  }

  drop(at: number): void {
    this.queue.splice(at % (this.queue.length || 1), 1);
  }

  /** Something that was on its way before is on its way again. */
  repeat(at: number): void {
    const entry = this.seen.at(-1 - (at % (this.seen.length || 1)));
    if (entry !== undefined && this.isSubscribed) this.queue.push(entry);
  }

  swap(at: number): void {
    const [entry] = this.queue.splice(at % (this.queue.length || 1), 1);
    if (entry !== undefined) this.queue.push(entry);
  }

  /** @param lost how much of what is on its way does not arrive any more */
  cut(lost: number): void {
    this.isConnected = false;
    this.queue.splice(Math.max(0, this.queue.length - lost));
  }

  restore(): void {
    if (this.isConnected) return;
    // What had arrived through the old connection comes before everything that comes through the new one.
    this.deliver(Number.POSITIVE_INFINITY);
    this.isConnected = true;
    this.sink.interrupted();
  }

  /** A pending call goes on: first it acts, then it is answered. */
  progress(at: number): void {
    const call = this.calls[at % (this.calls.length || 1)];
    if (call === undefined || (!this.isConnected && !call.hasActed)) return;
    if (!call.hasActed) return call.act();
    this.calls.splice(this.calls.indexOf(call), 1);
    call.answer();
  }

  /** Does all that is to be done, while the connection is there. */
  goOn(): void {
    while (this.isConnected && !this.isIdle) {
      this.progress(0);
      this.deliver(1);
    }
  }

  fail(at: number): void {
    const [call] = this.calls.splice(at % (this.calls.length || 1), 1);
    call?.fail();
  }

  get isIdle(): boolean {
    return this.calls.length === 0 && this.queue.length === 0;
  }

  private call<T>(action: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: T;
      const call: PendingCall = {
        hasActed: false,
        act: () => {
          result = action();
          call.hasActed = true;
        },
        answer: () => resolve(result),
        fail: () => reject(new BrokerUnavailableError('The script says so')),
      };
      this.calls.push(call);
    });
  }
}
