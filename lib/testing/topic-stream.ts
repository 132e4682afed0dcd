// A client's subscription to a topic, as an async iterator: messages as they come, where they stand, and what was missed. Leaving
// the loop, or `return()`, cancels it.

import type { TopicPosition } from '../envelope/json-envelope.js';
import { Arrivals } from './arrivals.js';
import { RequestFailedError } from './request-failed.error.js';
import type { IdListener, ServerMessage } from './server-message.js';

export interface SubscribeOptions {
  /** Up to where the client has had the topic's messages: the `position` of an earlier subscription. @default nothing */
  readonly recover?: TopicPosition | undefined;
}

/** One message of a topic. */
export interface ReceivedMessage {
  readonly event: string;
  readonly data: unknown;
  /** Where it stands in the topic; undefined where the server keeps no history. */
  readonly offset: number | undefined;
}

type Told = Extract<ServerMessage, { readonly type: 'subscribed' | 'next' | 'complete' | 'error' }>;
type Subscribed = Extract<Told, { readonly type: 'subscribed' }>;

interface TopicStreamOptions {
  /** Named in errors. */
  readonly topic: string;
  readonly timeoutMs: number;
  /** The client wants no more. */
  cancel(): void;
}

/** Made by `subscribe` of a client. */
export class TopicStream implements AsyncIterableIterator<ReceivedMessage>, IdListener {
  private readonly options: TopicStreamOptions;
  private readonly told: Arrivals<Told>;
  private readonly missed: (TopicPosition | undefined)[];
  private reached: TopicPosition | undefined;
  private hasRecovered: boolean;
  /** The server has told of it. */
  private hasBegun: boolean;
  /** The server has ended it, or the client has cancelled. */
  private isOver: boolean;
  /** The end was taken. */
  private hasEnded: boolean;

  /** @internal */
  constructor(options: TopicStreamOptions) {
    this.options = options;
    this.told = new Arrivals(JSON.stringify, options.timeoutMs);
    this.missed = [];
    this.reached = undefined;
    this.hasRecovered = false;
    this.hasBegun = false;
    this.isOver = false;
    this.hasEnded = false;
  }

  /**
   * Up to where the messages have been taken, at first where the subscription began: what a client that comes back says as
   * `recover`. Undefined where the server keeps no history.
   */
  get position(): TopicPosition | undefined {
    return this.reached;
  }

  /** Whether everything that was published after `recover` follows. */
  get recovered(): boolean {
    return this.hasRecovered;
  }

  /** Up to where messages were missed since, each time that the server said so; undefined where it keeps no history. */
  get gaps(): readonly (TopicPosition | undefined)[] {
    return this.missed;
  }

  /** Messages that have arrived and were not taken. */
  get waiting(): ReceivedMessage[] {
    return this.told.waiting.flatMap((told) => (told.type === 'next' ? [messageOf(told)] : []));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws RequestFailedError for an error of the server's; Error when nothing comes in time, or the connection ends */
  async next(): Promise<IteratorResult<ReceivedMessage, undefined>> {
    while (!this.hasEnded) {
      const told = await this.take('a message');
      if (told === undefined) break;
      if (told.type === 'subscribed') {
        this.reached = positionOf(told);
        continue;
      }
      const message = messageOf(told);
      if (this.reached !== undefined && message.offset !== undefined) {
        this.reached = { ...this.reached, offset: message.offset };
      }
      return { done: false, value: message };
    }
    return { done: true, value: undefined };
  }

  /** Cancels the subscription, unless it has ended. */
  async return(): Promise<IteratorResult<ReceivedMessage, undefined>> {
    this.hasEnded = true;
    if (!this.isOver) {
      this.isOver = true;
      this.options.cancel();
    }
    return { done: true, value: undefined };
  }

  /** @internal Waits for the first `subscribed`. @throws RequestFailedError where the server refuses */
  async begin(): Promise<this> {
    const { topic } = this.options;
    const told = await this.take('a subscription');
    if (told?.type !== 'subscribed') throw new Error(`"${topic}" was ended before it began`);
    this.reached = positionOf(told);
    this.hasRecovered = told.recovered;
    return this;
  }

  /** @internal */
  receive(message: ServerMessage): boolean {
    if (message.type === 'request' || message.type === 'cancel') return false;
    if (message.type === 'subscribed') {
      if (this.hasBegun) this.missed.push(positionOf(message));
      this.hasBegun = true;
    } else if (message.type !== 'next') {
      this.isOver = true;
    }
    this.told.add(message);
    return true;
  }

  /** @internal The connection has ended. */
  close(why: string): void {
    this.isOver = true;
    this.told.close(why);
  }

  /** @returns undefined for the end */
  private async take(what: string): Promise<Exclude<Told, { readonly type: 'complete' | 'error' }> | undefined> {
    const { topic } = this.options;
    const told = await this.told.take(`${what} of "${topic}"`);
    if (told.type === 'subscribed' || told.type === 'next') return told;
    this.hasEnded = true;
    if (told.type === 'error') throw new RequestFailedError(topic, told.error);
    return undefined;
  }
}

function positionOf({ epoch, offset }: Subscribed): TopicPosition | undefined {
  return epoch === undefined || offset === undefined ? undefined : { epoch, offset };
}

function messageOf({ event, data, offset }: Extract<Told, { readonly type: 'next' }>): ReceivedMessage {
  return { event: event!, data, offset };
}
