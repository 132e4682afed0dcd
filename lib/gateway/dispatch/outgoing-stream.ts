// The values that one handler brings one after the other, on their way to the client, and stopped when nobody wants them any
// more: an Observable is unsubscribed, an iterator is returned. Async iterables are pulled, never ahead of the socket and of
// what the client has asked for; Observables push, and what they push may be streams themselves, or wait in a buffer.

import { WsException } from '@nestjs/websockets';
import { isObservable, type Observable, Subscription } from 'rxjs';
import type { AnswerChannel } from './answer-channel.js';
import type { BackpressurePolicy } from '../decorators/backpressure.decorator.js';
import { logUnhandled } from '../log-unhandled.js';
import { OverflowBuffer } from './overflow-buffer.js';
import { SLOW_CLIENT, SLOW_CLIENT_STATUS } from './slow-client.js';
import type { WireSocket } from '../socket/wire-socket.js';

/** Who is told of what happens to a stream. */
export interface StreamOwner {
  /** Called once, whatever ends the stream. */
  streamEnded(stream: OutgoingStream): void;
  /** A value was dropped because the client was behind. */
  valueDropped(): void;
}

export interface StreamOptions {
  /** Whether an async iterable is a stream; with platform-ws it is a value like any other. */
  readonly streamsIterables: boolean;
  /** Absent where pushed values wait in the client's send buffer. */
  readonly backpressure: BackpressurePolicy | undefined;
}

/** For a client that says how much it wants, of a handler that says nothing. */
const METERED_POLICY: BackpressurePolicy = { strategy: 'error', bufferSize: 1024 };

export class OutgoingStream {
  private readonly socket: WireSocket;
  private readonly channel: AnswerChannel;
  private readonly owner: StreamOwner;
  private readonly streamsIterables: boolean;
  private readonly policy: BackpressurePolicy | undefined;
  /** Made with the first value that has to wait. */
  private overflow: OverflowBuffer | undefined;
  private isEmptying: boolean;
  /** Sources that may still bring values: what the handler returned, and what an Observable brought. */
  private openSources: number;
  private hasEnded: boolean;
  private sources: Subscription | undefined;

  constructor(
    socket: WireSocket,
    channel: AnswerChannel,
    owner: StreamOwner,
    { streamsIterables, backpressure }: StreamOptions,
  ) {
    this.socket = socket;
    this.channel = channel;
    this.owner = owner;
    this.streamsIterables = streamsIterables;
    this.policy = backpressure ?? (channel.isMetered ? METERED_POLICY : undefined);
    this.overflow = undefined;
    this.isEmptying = false;
    this.openSources = 0;
    this.hasEnded = false;
    this.sources = undefined;
  }

  /** Begins with what a handler returned. */
  start(source: Observable<unknown> | AsyncIterable<unknown>): void {
    this.openSources++;
    if (isObservable(source)) this.subscribe(source);
    else this.deliver(source);
    this.closeSource();
  }

  /** Nobody wants the rest. */
  stop(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.overflow?.clear();
    this.sources?.unsubscribe();
    this.owner.streamEnded(this);
  }

  /** Takes one value. With an interceptor around it, what a handler returned arrives as the value of an Observable. */
  private deliver(value: unknown): void {
    if (value === undefined || value === null) return;
    const isStream = this.streamsIterables && isAsyncIterable(value);
    if (this.hasEnded) {
      if (isStream) returnIterator(value[Symbol.asyncIterator]());
    } else if (isStream) {
      void this.pull(value);
    } else if (this.policy === undefined || (!this.hasWaiting && this.mayPush())) {
      this.send(value);
    } else {
      this.keep(value, this.policy);
    }
  }

  private get hasWaiting(): boolean {
    return this.overflow !== undefined && this.overflow.length > 0;
  }

  private mayPush(): boolean {
    return this.channel.hasCredit && this.socket.takesMore();
  }

  private keep(value: unknown, { strategy, bufferSize }: BackpressurePolicy): void {
    const overflow = (this.overflow ??= new OverflowBuffer(strategy, bufferSize));
    const { dropped } = overflow;
    if (overflow.push(value)) {
      if (overflow.dropped > dropped) this.owner.valueDropped();
      if (!this.isEmptying) void this.empty(overflow);
    } else if (strategy === 'close') {
      this.socket.close(SLOW_CLIENT_STATUS.code, SLOW_CLIENT_STATUS.reason);
      this.stop();
    } else {
      this.fail(new WsException(SLOW_CLIENT));
    }
  }

  /** Sends what waits, as the client takes it. */
  private async empty(overflow: OverflowBuffer): Promise<void> {
    this.isEmptying = true;
    while (overflow.length > 0) {
      if (this.mayPush()) this.send(overflow.shift());
      else await this.room();
    }
    this.isEmptying = false;
    this.completeIfDone();
  }

  private send(value: unknown): void {
    try {
      this.channel.next(value);
    } catch (error) {
      this.fail(error);
    }
  }

  private subscribe(source: Observable<unknown>): void {
    // The client left while the handler was at work: what was not begun need not be stopped.
    if (this.hasEnded) return;
    this.openSources++;
    const subscription = source.subscribe({
      next: (value) => this.deliver(value),
      error: (error) => this.fail(error),
      complete: () => this.closeSource(),
    });
    this.addSource(subscription);
  }

  private async pull(source: AsyncIterable<unknown>): Promise<void> {
    this.openSources++;
    try {
      const iterator = source[Symbol.asyncIterator]();
      let isDone = false;
      this.addSource(
        new Subscription(() => {
          if (!isDone) returnIterator(iterator);
        }),
      );
      for (;;) {
        while (this.mustWait()) await this.room();
        if (this.hasEnded) return;
        let result: IteratorResult<unknown>;
        try {
          result = await iterator.next();
        } catch (error) {
          // It has ended by itself: `for await` does not return such an iterator either.
          isDone = true;
          throw error;
        }
        if (result.done === true) {
          isDone = true;
          break;
        }
        // Other streams of this client may have filled the socket meanwhile: nothing happens between the look and the sending.
        while (this.mustWait()) await this.room();
        this.deliver(result.value);
      }
      this.closeSource();
    } catch (error) {
      this.fail(error);
    }
  }

  private mustWait(): boolean {
    return (this.socket.isBehind || !this.channel.hasCredit) && !this.hasEnded;
  }

  /** Resolves when the client takes more, or nothing any more. */
  private room(): Promise<void> {
    return this.channel.hasCredit ? this.socket.drained() : this.channel.credited();
  }

  private addSource(source: Subscription): void {
    // Adding to what is unsubscribed already unsubscribes at once.
    this.sources ??= new Subscription();
    this.sources.add(source);
    if (this.hasEnded) this.sources.unsubscribe();
  }

  private closeSource(): void {
    this.openSources--;
    this.completeIfDone();
  }

  private completeIfDone(): void {
    if (this.openSources > 0 || this.hasWaiting || this.hasEnded) return;
    this.hasEnded = true;
    this.channel.complete();
    this.owner.streamEnded(this);
  }

  private fail(error: unknown): void {
    if (this.hasEnded) return;
    this.channel.error(error);
    this.stop();
  }
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Lets go of a source; also of one that came too late to be used, which may hold a file or a cursor open. */
function returnIterator(iterator: AsyncIterator<unknown>): void {
  const report = (error: unknown): void => logUnhandled('An async iterator failed while it was returned', error);
  try {
    void Promise.resolve(iterator.return?.()).catch(report);
  } catch (error) {
    report(error);
  }
}
