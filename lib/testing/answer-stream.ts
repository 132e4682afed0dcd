// The answers to one request, as an async iterator: values as they come, then an end or an error. Leaving the loop, or
// `return()`, cancels the request.

import type { ErrorBody } from '../envelope/json-envelope.js';
import { Arrivals } from './arrivals.js';
import { RequestFailedError } from './request-failed.error.js';

/** An answer as the server writes it (docs/protocol.md). */
export type Answer =
  | { readonly id: unknown; readonly type: 'next'; readonly event?: string; readonly data: unknown }
  | { readonly id: unknown; readonly type: 'complete' }
  | { readonly id: unknown; readonly type: 'error'; readonly error: ErrorBody };

export class AnswerStream implements AsyncIterableIterator<unknown> {
  private readonly event: string;
  private readonly answers: Arrivals<Answer>;
  private readonly sendCancel: () => void;
  private hasEnded: boolean;

  constructor(event: string, timeoutMs: number, sendCancel: () => void) {
    this.event = event;
    this.answers = new Arrivals(JSON.stringify, timeoutMs);
    this.sendCancel = sendCancel;
    this.hasEnded = false;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws RequestFailedError for an error of the server's; Error when nothing comes in time, or the connection ends */
  async next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.hasEnded) return { done: true, value: undefined };
    const answer = await this.answers.take(`an answer to "${this.event}"`);
    if (answer.type === 'next') return { done: false, value: valueOf(answer) };
    this.hasEnded = true;
    if (answer.type === 'error') throw new RequestFailedError(this.event, answer.error);
    return { done: true, value: undefined };
  }

  /** Cancels the request, unless it has ended. */
  async return(): Promise<IteratorResult<unknown, undefined>> {
    const isRunning = !this.hasEnded && !this.answers.waiting.some(({ type }) => type !== 'next');
    this.hasEnded = true;
    if (isRunning) this.sendCancel();
    return { done: true, value: undefined };
  }

  /** @internal */
  receive(answer: Answer): void {
    this.answers.add(answer);
  }

  /** @internal The connection has ended. */
  close(why: string): void {
    this.answers.close(why);
  }
}

/** What the handler returned. */
function valueOf(answer: Answer & { type: 'next' }): unknown {
  return answer.event === undefined ? answer.data : { event: answer.event, data: answer.data };
}
