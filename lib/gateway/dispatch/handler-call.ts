// One handler at work for one message: called by Nest or directly, and what comes of it sent as its answer. Only an answer
// of many values becomes an outgoing stream. Nothing here throws: it runs while the client's bytes are being read.
//
// A plain method (plain-method.ts) is called without Nest's pipeline, to the same effect: Nest would build the same arguments
// and call the same method with the same `this`, after nothing but awaits, and what the method throws, rejects with or lets
// its Observable fail with goes to the same filters (error-gate.ts). Two things differ, and no handler can rely on them: it
// starts while its message is being delivered and not some microtasks later, and fewer microtasks lie before its answer.

import { catchError, from, ignoreElements, isObservable, map, type Observable, of } from 'rxjs';
import { isEventResponse } from '../../envelope/json-envelope.js';
import type { AnswerChannel } from './answer-channel.js';
import type { BackpressurePolicy } from '../decorators/backpressure.decorator.js';
import { errorGate } from '../binding/error-gate.js';
import type { MessageHandler } from '../binding/handler-table.js';
import type { HandlerMethod, PlainMethod } from '../binding/plain-method.js';
import { isAsyncIterable } from './outgoing-stream.js';
import { raising } from './raising-iterable.js';
import { isThenable } from './thenable.js';
import type { WireRequest } from './wire-request.js';
import type { WireSocket } from '../socket/wire-socket.js';

/** The client for which handlers are called. */
export interface CallOwner {
  readonly socket: WireSocket;
  readonly isPlatformWsCompatible: boolean;
  /** Whether the client wants no answers any more. */
  readonly hasStopped: boolean;
  /** Handlers that Nest was asked to call and that have not answered. */
  callsAtNest: number;
  /** Takes an answer of many values. */
  follow(source: Observable<unknown> | AsyncIterable<unknown>, call: HandlerCall): void;
  /** A handler has answered, or has begun to. */
  callEnded(call: HandlerCall): void;
  /** The whole answer has come. */
  callOver(call: HandlerCall): void;
}

export class HandlerCall {
  private readonly owner: CallOwner;
  private readonly method: HandlerMethod;
  /** The same handler as Nest bound it to the client. */
  private readonly bound: MessageHandler;
  readonly channel: AnswerChannel;
  private readonly data: unknown;
  readonly event: unknown;
  readonly request: WireRequest | undefined;

  constructor(
    owner: CallOwner,
    method: HandlerMethod,
    bound: MessageHandler,
    channel: AnswerChannel,
    data: unknown,
    event: unknown,
    request: WireRequest | undefined,
  ) {
    this.owner = owner;
    this.method = method;
    this.bound = bound;
    this.channel = channel;
    this.data = data;
    this.event = event;
    this.request = request;
  }

  get isOrdered(): boolean {
    return this.method.traits?.isOrdered === true;
  }

  get backpressure(): BackpressurePolicy | undefined {
    return this.method.traits?.backpressure;
  }

  start(): void {
    const { plain } = this.method;
    if (this.request?.isOver === true) {
      // It was cancelled before it began.
      this.end();
      this.owner.callOver(this);
      return;
    }
    // Nest takes its time: a direct call would be handled before a message that came before it.
    if (plain === undefined || this.owner.callsAtNest > 0) this.callByNest();
    else this.callDirectly(plain);
  }

  private callDirectly(plain: PlainMethod): void {
    try {
      const result = plain.call(this.owner.socket, this.data);
      if (isThenable(result)) {
        void Promise.resolve(result).then(
          (value) => this.settle(value),
          (error: unknown) => this.awaitNest(this.raise(error)),
        );
      } else {
        this.settle(result);
      }
    } catch (error) {
      this.awaitNest(this.raise(error));
    }
  }

  /** Hands an error to the exception filters. @returns a promise that settles when they have had it */
  private raise(error: unknown): Promise<unknown> {
    const extras = this.request === undefined ? [] : [this.request];
    return errorGate.raise(error, this.method.gate ?? 'at-once', (...behind) => this.enterNest([...extras, ...behind]));
  }

  private callByNest(): void {
    const { channel, request } = this;
    const isAcked = this.bound.isAckHandledManually && !this.owner.isPlatformWsCompatible;
    // What follows the event is found by its type: the acknowledgement by `@Ack()`, the request by the exception filter.
    const extras: unknown[] = [];
    if (isAcked) {
      const acknowledged = request?.awaitAcknowledgement();
      extras.push((value: unknown) => {
        // Without an id there is nothing to acknowledge but by a value.
        if (value !== undefined || request !== undefined) channel.next(value);
        acknowledged?.();
      });
    }
    if (request !== undefined) extras.push(request);
    const result = this.enterNest(extras);
    this.awaitNest(isAcked ? onlyEventResponse(result) : result);
  }

  /** A handler of Nest's answers with a promise; what else it may do must not end the connection either. */
  private async enterNest(extras: readonly unknown[]): Promise<unknown> {
    this.owner.callsAtNest++;
    try {
      return await this.bound.callback(this.data, this.event, ...extras);
    } finally {
      this.owner.callsAtNest--;
    }
  }

  private awaitNest(result: Promise<unknown>): void {
    void result.then(
      (value) => this.settle(value),
      (error: unknown) => this.fail(error),
    );
  }

  private settle(value: unknown): void {
    if (isObservable(value)) {
      this.owner.follow(this.watched(value), this);
      this.end();
    } else if (!this.owner.isPlatformWsCompatible && isAsyncIterable(value)) {
      this.owner.follow(this.watchedIterable(value), this);
      this.end();
    } else if (this.channel.hasCredit || value === undefined || value === null) {
      this.answer(value);
    } else {
      // It waits as the values of a stream do.
      this.owner.follow(of(value), this);
      this.end();
    }
  }

  private answer(value: unknown): void {
    try {
      if (!this.owner.hasStopped) {
        if (value !== undefined && value !== null) this.channel.next(value);
        this.channel.complete();
      }
    } catch (error) {
      this.channel.error(error);
    }
    this.end();
    this.owner.callOver(this);
  }

  private fail(error: unknown): void {
    if (!this.owner.hasStopped) this.channel.error(error);
    this.end();
    this.owner.callOver(this);
  }

  private end(): void {
    this.request?.settle();
    this.owner.callEnded(this);
  }

  /** As with Nest, the filters get what an Observable fails with, and for everybody else it completes. */
  private watched(source: Observable<unknown>): Observable<unknown> {
    if (!this.canRaise) return source;
    const watched = source.pipe(map((value) => this.watchedIterable(value)));
    // Where Nest has called the method, it sees to that.
    if (this.method.plain === undefined) return watched;
    return watched.pipe(catchError((error: unknown) => from(this.raise(error)).pipe(ignoreElements())));
  }

  /** The filters get what an async iterable fails with; Nest itself takes no notice of it. */
  private watchedIterable<T>(value: T): T | AsyncIterable<unknown> {
    if (!this.canRaise || this.owner.isPlatformWsCompatible || !isAsyncIterable(value)) return value;
    return raising(value, (error) => this.raise(error));
  }

  /** Whether the exception filters can be given an error; those of a plain method always can. */
  private get canRaise(): boolean {
    return this.method.gate !== undefined || this.method.plain !== undefined;
  }
}

/** With `@Ack()` the acknowledgement is the answer, and a returned value counts only if it names an event. */
async function onlyEventResponse(result: Promise<unknown>): Promise<unknown> {
  const value = await result;
  return isEventResponse(value) ? value : undefined;
}
