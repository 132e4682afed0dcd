// The answers to one request, as an async iterator: values as they come, then an end or an error. Leaving the loop, or
// `return()`, cancels the request, and with it what the client sends under its id.

import { isCredit } from '../envelope/json-envelope.js';
import { Arrivals } from './arrivals.js';
import { RequestFailedError } from './request-failed.error.js';
import type { IdListener, ServerMessage } from './server-message.js';
import type { ValueSender } from './value-sender.js';

type Answer = Extract<ServerMessage, { readonly type: 'next' | 'complete' | 'error' }>;

/** What the client says about its request, beside the values that it sends. */
type ClientMessage = { readonly type: 'cancel' } | { readonly type: 'request'; readonly n: number };

interface AnswerStreamOptions {
  /** Named in errors. */
  readonly event: string;
  readonly timeoutMs: number;
  /** How many values may come at first; undefined for all. */
  readonly request: number | undefined;
  /** Of what the client sends under the id. */
  readonly sender: ValueSender | undefined;
  tell(message: ClientMessage): void;
}

export class AnswerStream implements AsyncIterableIterator<unknown>, IdListener {
  private readonly options: AnswerStreamOptions;
  private readonly answers: Arrivals<Answer>;
  /** How many values may come still, where that is bounded. */
  private credit: number | undefined;
  private droppedValues: number;
  /** The last answer has come, or the client has cancelled. */
  private isOver: boolean;
  /** The last answer was taken. */
  private hasEnded: boolean;

  /** @internal */
  constructor(options: AnswerStreamOptions) {
    this.options = options;
    this.answers = new Arrivals(JSON.stringify, options.timeoutMs);
    this.credit = options.request;
    this.droppedValues = 0;
    this.isOver = false;
    this.hasEnded = false;
  }

  /** Values that have arrived and were not taken. */
  get waiting(): unknown[] {
    return this.answers.waiting.flatMap((answer) => (answer.type === 'next' ? [valueOf(answer)] : []));
  }

  /** How many values the server has dropped (`@Backpressure()`): known once `complete` has come, 0 before. */
  get dropped(): number {
    return this.droppedValues;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws RequestFailedError for an error of the server's; Error when nothing comes in time, or the connection ends */
  async next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.hasEnded) return { done: true, value: undefined };
    const { event, sender } = this.options;
    const answer = await this.answers.take(`an answer to "${event}"${this.credit === 0 ? ALL_HAVE_COME : ''}`);
    if (answer.type === 'next') return { done: false, value: valueOf(answer) };
    this.hasEnded = true;
    if (answer.type === 'error') throw new RequestFailedError(event, answer.error, sender?.failure);
    return { done: true, value: undefined };
  }

  /**
   * Asks for `n` values more.
   * @throws TypeError where the stream was not begun with a number of values; RangeError where `n` is no integer from 1
   */
  request(n: number): void {
    if (this.credit === undefined) {
      throw new TypeError(`all values come: begin with stream("${this.options.event}", data, { request: n })`);
    }
    checkCredit(n);
    this.credit += n;
    if (!this.isOver) this.options.tell({ type: 'request', n });
  }

  /** Cancels the request, unless it has ended. */
  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.hasEnded = true;
    if (!this.isOver) {
      this.end();
      this.options.tell({ type: 'cancel' });
    }
    return { done: true, value: undefined };
  }

  /** @internal */
  receive(message: ServerMessage): boolean {
    const { sender } = this.options;
    if (message.type === 'request' || message.type === 'cancel') {
      if (message.type === 'request') sender?.grant(message.n);
      else sender?.stop();
      // Who sends the values by hand looks for it among the messages.
      return sender !== undefined;
    }
    if (!isAnswer(message)) return false;
    if (message.type !== 'next') this.end();
    else if (this.credit !== undefined) this.credit--;
    if (message.type === 'complete') this.droppedValues = message.dropped ?? 0;
    this.answers.add(message);
    return true;
  }

  /** @internal The connection has ended. */
  close(why: string): void {
    this.end();
    this.answers.close(why);
  }

  private end(): void {
    this.isOver = true;
    this.options.sender?.stop();
  }
}

/** Where an answer does not come, this is the likely reason. */
const ALL_HAVE_COME = ' (all that were asked for have come: request(n) asks for more)';
const ANSWERS: ReadonlySet<unknown> = new Set<Answer['type']>(['next', 'complete', 'error']);

function isAnswer(message: ServerMessage): message is Answer {
  return ANSWERS.has(message.type);
}

/** @throws RangeError */
export function checkCredit(n: number): void {
  if (!isCredit(n)) throw new RangeError(`a number of values is an integer from 1, not ${String(n)}`);
}

/** What the handler returned. */
function valueOf(answer: Answer & { type: 'next' }): unknown {
  return answer.event === undefined ? answer.data : { event: answer.event, data: answer.data };
}
