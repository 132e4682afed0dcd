// The Broker contract: what takes a topic's messages from one process to all. One instance serves one process. Whoever writes one
// finds its rules here and in docs/writing-a-broker.md, and proves it by the contract suite, test/topic/broker.contract.ts.

import type { Observable } from 'rxjs';
import type { Position } from './position.js';
import type { TopicMessage } from './topic-message.js';

/** A message on its way to the subscribers of a topic. */
export interface TopicEntry {
  /** Undefined where something was published that cannot be read here: it is reported as missed. */
  readonly message: TopicMessage | undefined;
  /** Undefined where the broker has no history. */
  readonly position: Position | undefined;
  /** The offset of the topic's entry before this one, 0 for its first; undefined where the broker has no history. */
  readonly previous: number | undefined;
}

/** What came after a position. */
export interface History {
  /** In order; empty where it is not complete. */
  readonly entries: readonly TopicEntry[];
  /** Whether `entries` are all that came after the position that was asked for. */
  readonly isComplete: boolean;
  /** Where the topic stands: the position of the last of `entries` where there are any. */
  readonly position: Position;
}

/** One member of a topic. */
export interface PresentMember {
  /** Of its connection; unique over all nodes. */
  readonly id: string;
  /** What the application said of it when it joined. */
  readonly info?: unknown;
}

export interface Presence {
  readonly members: readonly PresentMember[];
  /** False where a node that is thought to be alive did not answer in time. */
  readonly isComplete: boolean;
}

/**
 * `up`: messages come and go. `down`: the broker cannot be reached, and this is being tried. `closed`: `close` was called, or
 * `start` was not.
 */
export type BrokerStatus = 'closed' | 'up' | 'down';

/** The process, as its broker sees it. Nothing of it throws. */
export interface BrokerSink {
  /**
   * An entry of a subscribed topic. Entries of a topic come in the order of their offsets; one that comes twice, or after
   * others were left out, is noticed by `position` and `previous`.
   */
  deliver(topic: string, entry: TopicEntry): void;
  /**
   * Entries may have been missed that no later entry's `previous` would show: the connection was lost and is there
   * again, and the subscriptions too. Where there is no history, before anything that came after them is delivered.
   * @param topic absent for all
   */
  interrupted(topic?: string): void;
  /** The members of a topic on this node. */
  membersOf(topic: string): readonly PresentMember[];
  /** Something went wrong that nobody waits for; it is logged. */
  failed(what: string, error: unknown): void;
}

export interface Broker {
  /** Whether entries have positions, and `history` answers. */
  readonly hasHistory: boolean;
  /** What it is now, and every change; completes after `closed`. */
  readonly status: Observable<BrokerStatus>;
  /**
   * Connects. Called once, before everything else.
   * @throws BrokerUnavailableError where the broker cannot be reached, with what to change
   */
  start(sink: BrokerSink): Promise<void>;
  /**
   * Entries of the topic are delivered from now on. Called for the first subscriber on this node; `unsubscribe` follows for
   * the last, and never do two calls for one topic run at a time. Subscriptions outlive the loss of the connection.
   * @returns where the topic stood when this began: every later entry is delivered; not a promise where that is so at once
   */
  subscribe(topic: string): Position | undefined | Promise<Position | undefined>;
  /** When it is done, entries are delivered no more. Does nothing once the broker is closed. */
  unsubscribe(topic: string): void | Promise<void>;
  /**
   * Publishes to all nodes, this one included: what one node publishes in the order of its calls and, where there is history,
   * everything in one order for all.
   * @param deadline by `performance.now()`: what has not been sent by then must not be sent any more
   * @returns where it stands, when the broker has it; not a promise where that is so at once
   * @throws BrokerUnavailableError where the deadline passed, or the broker refused it; with `mayBePublished` unless it is certain
   * that it was not
   */
  publish(topic: string, message: TopicMessage, deadline: number): Position | undefined | Promise<Position | undefined>;
  /**
   * What came after a position, which may be anything that a client says. It knows all that was delivered or confirmed before it
   * was asked. Only where there is history.
   */
  history(topic: string, since: Position): Promise<History>;
  /** Who is in a topic, over all nodes. */
  presence(topic: string): Promise<Presence>;
  /**
   * Lets go of everything; pending calls, and those that come later, are rejected with BrokerClosedError. May be called twice,
   * and at any time.
   */
  close(): Promise<void>;
}

/** How much of each topic a broker keeps for those who come back. */
export interface HistoryOptions {
  /** Messages. @default 256 */
  readonly maxMessages: number;
  /** How long, in milliseconds. @default 120000 */
  readonly maxAgeMs: number;
}

export const DEFAULT_HISTORY: HistoryOptions = { maxMessages: 256, maxAgeMs: 120_000 };

export interface BrokerUnavailableOptions extends ErrorOptions {
  /** @default false */
  readonly mayBePublished?: boolean;
}

/** The broker cannot be reached, or did not answer in time. */
export class BrokerUnavailableError extends Error {
  override readonly name = 'BrokerUnavailableError';
  /** Of a message: whether it may have been published all the same. Where not, nobody will ever get it. */
  readonly mayBePublished: boolean;

  constructor(message: string, { mayBePublished = false, ...options }: BrokerUnavailableOptions = {}) {
    super(message, options);
    this.mayBePublished = mayBePublished;
  }
}

/** The broker was closed while the call was pending, or before. */
export class BrokerClosedError extends Error {
  override readonly name = 'BrokerClosedError';

  constructor() {
    super('The broker is closed: the application is shutting down, or was never initialised');
  }
}
