// The values that one handler brings one after the other, on their way to the client, and stopped when nobody wants them any
// more: an Observable is unsubscribed, an iterator is returned. Async iterables are pulled, never ahead of the socket;
// Observables push, and what they push may be streams themselves.

import { isObservable, type Observable, Subscription } from 'rxjs';
import type { AnswerChannel } from './answer-channel.js';
import { logUnhandled } from './log-unhandled.js';
import type { WireSocket } from './wire-socket.js';

export class OutgoingStream {
  private readonly socket: WireSocket;
  private readonly channel: AnswerChannel;
  private readonly onEnd: (stream: OutgoingStream) => void;
  private readonly streamsIterables: boolean;
  /** Sources that may still bring values: what the handler returned, and what an Observable brought. */
  private openSources: number;
  private hasEnded: boolean;
  private sources: Subscription | undefined;

  /**
   * @param onEnd called once, whatever ends the stream
   * @param streamsIterables whether an async iterable is a stream; with platform-ws it is a value like any other
   */
  constructor(
    socket: WireSocket,
    channel: AnswerChannel,
    onEnd: (stream: OutgoingStream) => void,
    { streamsIterables }: { readonly streamsIterables: boolean },
  ) {
    this.socket = socket;
    this.channel = channel;
    this.onEnd = onEnd;
    this.streamsIterables = streamsIterables;
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
    this.sources?.unsubscribe();
    this.onEnd(this);
  }

  /** Takes one value. With an interceptor around it, what a handler returned arrives as the value of an Observable. */
  private deliver(value: unknown): void {
    if (value === undefined || value === null) return;
    const isStream = this.streamsIterables && isAsyncIterable(value);
    if (this.hasEnded) {
      if (isStream) returnIterator(value[Symbol.asyncIterator]());
    } else if (isStream) {
      void this.pull(value);
    } else {
      this.send(value);
    }
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
        while (this.mustWait()) await this.socket.drained();
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
        while (this.mustWait()) await this.socket.drained();
        this.deliver(result.value);
      }
      this.closeSource();
    } catch (error) {
      this.fail(error);
    }
  }

  private mustWait(): boolean {
    return this.socket.isBehind && !this.hasEnded;
  }

  private addSource(source: Subscription): void {
    // Adding to what is unsubscribed already unsubscribes at once.
    this.sources ??= new Subscription();
    this.sources.add(source);
    if (this.hasEnded) this.sources.unsubscribe();
  }

  private closeSource(): void {
    if (--this.openSources > 0 || this.hasEnded) return;
    this.hasEnded = true;
    this.channel.complete();
    this.onEnd(this);
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
