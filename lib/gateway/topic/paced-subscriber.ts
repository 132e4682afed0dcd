// A subscriber with `@Backpressure()`: while its client is behind, messages wait in a buffer of the subscription's own, and what
// does not fit goes by the strategy. What was dropped is a gap, and the client is told where, between the messages that it gets.

import type { Position } from '../../topic/position.js';
import type { Subscriber } from '../../topic/subscriber.js';
import type { TopicMessage } from '../../topic/topic-message.js';
import type { BackpressurePolicy } from '../decorators/backpressure.decorator.js';

/** The client, as far as it decides how fast messages go. */
export interface PacedClient {
  /** Whether it keeps up. */
  takesMore(): boolean;
  /** Resolves when it does again, or is gone. */
  drained(): Promise<void>;
}

export interface PaceOwner {
  /** A message was dropped. */
  messageDropped(): void;
  /** A message could not be sent: it is missing, as one that was dropped. */
  failed(error: unknown): void;
  /** There are too many, and the strategy is not to drop any: the subscription is to end. */
  tooSlow(strategy: 'error' | 'close'): void;
}

interface Gap {
  /** Up to where messages are missing; undefined where there is no history. */
  readonly position: Position | undefined;
}

interface Waiting {
  readonly message: TopicMessage;
  readonly position: Position | undefined;
  /** What is missing right before it. */
  gap: Gap | undefined;
}

export class PacedSubscriber implements Subscriber {
  private readonly inner: Subscriber;
  private readonly client: PacedClient;
  private readonly policy: BackpressurePolicy;
  private readonly owner: PaceOwner;
  private waiting: Waiting[];
  /** What is missing behind everything that waits. */
  private gap: Gap | undefined;
  private isEmptying: boolean;
  private hasEnded: boolean;

  constructor(inner: Subscriber, client: PacedClient, policy: BackpressurePolicy, owner: PaceOwner) {
    this.inner = inner;
    this.client = client;
    this.policy = policy;
    this.owner = owner;
    this.waiting = [];
    this.gap = undefined;
    this.isEmptying = false;
    this.hasEnded = false;
  }

  get id(): string | undefined {
    return this.inner.id;
  }

  get info(): unknown {
    return this.inner.info;
  }

  next(message: TopicMessage, position: Position | undefined): void {
    if (this.hasEnded) return;
    if (!this.isEmptying && this.client.takesMore()) {
      this.inner.next(message, position);
      return;
    }
    this.keep({ message, position, gap: this.gap });
    if (!this.isEmptying) void this.empty();
  }

  subscribed(position: Position | undefined, recovered: boolean): void {
    if (this.isEmptying) this.gap = { position };
    else this.inner.subscribed(position, recovered);
  }

  ended(): void {
    this.hasEnded = true;
    this.waiting = [];
    this.gap = undefined;
  }

  private keep(one: Waiting): void {
    const { strategy, bufferSize } = this.policy;
    if (this.waiting.length < bufferSize) {
      this.gap = undefined;
      this.waiting.push(one);
      return;
    }
    if (strategy === 'error' || strategy === 'close') {
      this.owner.tooSlow(strategy);
      return;
    }
    this.owner.messageDropped();
    if (strategy === 'drop-newest') {
      this.gap = { position: one.position };
      return;
    }
    const { position } = this.waiting.shift()!;
    this.gap = undefined;
    this.waiting.push(one);
    // A gap that is there already is the later one.
    this.waiting[0]!.gap ??= { position };
  }

  /** Sends what waits, as the client takes it. */
  private async empty(): Promise<void> {
    this.isEmptying = true;
    while (this.waiting.length > 0) {
      if (this.client.takesMore()) this.send(this.waiting.shift()!);
      else await this.client.drained();
    }
    this.isEmptying = false;
    const { gap } = this;
    this.gap = undefined;
    if (gap !== undefined) this.attempt(() => this.tell(gap));
  }

  private send({ message, position, gap }: Waiting): void {
    const isSent = this.attempt(() => {
      if (gap !== undefined) this.tell(gap);
      this.inner.next(message, position);
    });
    if (isSent || this.hasEnded) return;
    const [next] = this.waiting;
    // A gap that is there already is the later one.
    if (next === undefined) this.gap ??= { position };
    else next.gap ??= { position };
  }

  private tell({ position }: Gap): void {
    this.inner.subscribed(position, false);
  }

  /** Nobody else would hear of what is thrown. */
  private attempt(action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      this.owner.failed(error);
      return false;
    }
  }
}
