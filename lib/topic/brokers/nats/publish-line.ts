// Messages on their way to the server, in the order in which they were published: those that wait until it can be reached, and
// those that were sent and not confirmed. None outlives its deadline; what can be sent again keeps its place.

import { BrokerClosedError, BrokerUnavailableError } from '../../broker.js';
import type { Position } from '../../position.js';

/** Sent and not confirmed at a time; beyond, messages wait. */
const MAX_SENT = 1024;

/** A message that is being published. */
export interface Outgoing {
  /** Grows from message to message. */
  readonly number: number;
  readonly subject: string;
  readonly payload: string;
  /** By `performance.now()`. */
  readonly deadline: number;
  /** When it was sent first, by `performance.now()`; undefined before. */
  firstSentAt: number | undefined;
}

interface Entry extends Outgoing {
  /** Whether it was sent once already, and nobody knows what became of it. */
  isDoubted: boolean;
  readonly timer: NodeJS.Timeout;
  resolve(position: Position | undefined): void;
  reject(error: Error): void;
}

export class PublishLine {
  private readonly send: (message: Outgoing) => void;
  private readonly waiting: Map<number, Entry>;
  private readonly sent: Map<number, Entry>;
  private count: number;
  private isOpen: boolean;
  private isClosed: boolean;
  /** Why it is shut, for those whose time runs out. */
  private obstacle: string;

  /** @param send gives a message to the server; may throw */
  constructor(send: (message: Outgoing) => void) {
    this.send = send;
    this.waiting = new Map();
    this.sent = new Map();
    this.count = 0;
    this.isOpen = false;
    this.isClosed = false;
    this.obstacle = 'the connection is not there yet';
  }

  /** @param deadline by `performance.now()` @throws BrokerUnavailableError */
  publish(subject: string, payload: string, deadline: number): Promise<Position | undefined> {
    if (this.isClosed) return Promise.reject(new BrokerClosedError());
    return new Promise((resolve, reject) => {
      const number = ++this.count;
      const timer = setTimeout(() => this.expire(number), Math.max(deadline - performance.now(), 0));
      this.waiting.set(number, {
        number,
        subject,
        payload,
        deadline,
        firstSentAt: undefined,
        isDoubted: false,
        timer,
        resolve,
        reject,
      });
      this.pump();
    });
  }

  /** The server can be reached: what waits is sent in its order. */
  open(): void {
    // What was handed back may stand behind what came later.
    const entries = [...this.waiting].sort(([one], [other]) => one - other);
    this.waiting.clear();
    for (const [number, entry] of entries) this.waiting.set(number, entry);
    this.isOpen = true;
    this.pump();
  }

  /** Nothing more is sent, until `open`. */
  shut(obstacle: string): void {
    this.isOpen = false;
    this.obstacle = obstacle;
  }

  confirm(number: number, position: Position | undefined): void {
    this.take(number)?.resolve(position);
    this.pump();
  }

  reject(number: number, error: Error): void {
    const entry = this.take(number);
    entry?.reject(entry.isDoubted ? unconfirmed(error.message) : error);
    this.pump();
  }

  /** The server takes no messages to a subject: those that were sent fail. */
  refuse(subject: string): void {
    // First, since others are sent as soon as one has failed.
    const refused = [...this.sent.values()].filter((entry) => entry.subject === subject);
    for (const { number } of refused) this.reject(number, forbidden(subject));
  }

  /** The server said that it did not take a message: it waits again. */
  handBack(number: number): void {
    const entry = this.sent.get(number);
    if (entry === undefined) return;
    this.sent.delete(number);
    if (!entry.isDoubted) entry.firstSentAt = undefined;
    this.waiting.set(number, entry);
  }

  /** Nothing is known of those that were sent: they wait to be sent again where `mayBeRepeated`, and otherwise fail. */
  doubtSent(mayBeRepeated: (message: Outgoing) => boolean): void {
    const doubted = [...this.waiting].filter(([, entry]) => entry.isDoubted);
    for (const [number, entry] of [...doubted, ...this.sent]) {
      if (mayBeRepeated(entry)) {
        entry.isDoubted = true;
        this.sent.delete(number);
        this.waiting.set(number, entry);
      } else {
        this.take(number)!.reject(unconfirmed('the connection was lost'));
      }
    }
  }

  close(): void {
    this.isClosed = true;
    for (const number of [...this.sent.keys(), ...this.waiting.keys()]) {
      this.take(number)!.reject(new BrokerClosedError());
    }
  }

  private pump(): void {
    if (!this.isOpen) return;
    for (const [number, entry] of this.waiting) {
      if (this.sent.size >= MAX_SENT) return;
      // Timers are late where the process was busy.
      if (performance.now() > entry.deadline) {
        this.take(number)!.reject(this.lateError(entry));
        continue;
      }
      this.waiting.delete(number);
      this.sent.set(number, entry);
      try {
        this.send(entry);
        entry.firstSentAt ??= performance.now();
      } catch (error) {
        this.take(number);
        const { message } = error as Error;
        entry.reject(entry.firstSentAt === undefined ? (error as Error) : unconfirmed(message));
      }
    }
  }

  private expire(number: number): void {
    const entry = this.take(number)!;
    entry.reject(this.lateError(entry));
    this.pump();
  }

  private lateError({ firstSentAt }: Outgoing): Error {
    return firstSentAt === undefined ? unreachable(this.obstacle) : unconfirmed('the deadline passed');
  }

  private take(number: number): Entry | undefined {
    const entry = this.sent.get(number) ?? this.waiting.get(number);
    if (entry === undefined) return undefined;
    this.sent.delete(number);
    this.waiting.delete(number);
    clearTimeout(entry.timer);
    return entry;
  }
}

function unconfirmed(why: string): Error {
  return new BrokerUnavailableError(`NATS did not confirm a message: ${why}; it may have been published or not`, {
    mayBePublished: true,
  });
}

function forbidden(subject: string): Error {
  return new BrokerUnavailableError(
    `NATS refused to publish to ${subject}: the user of this connection needs the permission`,
  );
}

function unreachable(obstacle: string): Error {
  return new BrokerUnavailableError(`A message was not published, since its time ran out: ${obstacle}`);
}
