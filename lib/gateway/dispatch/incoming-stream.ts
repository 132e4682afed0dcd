// What a client sends under the id of its request, value by value: in go its messages, out come the values, to whoever
// subscribes or iterates, once. A client may send as many values as it was granted and no more: what waits here is bounded.

import { WsException } from '@nestjs/websockets';
import { config, Observable, type Subscriber } from 'rxjs';
import { logUnhandled } from '../log-unhandled.js';

/** How many values a client may be ahead of the handler. */
const WINDOW = 16;
/** Grants are made for so many at once. */
const GRANT = WINDOW / 2;

/** What a handler's stream of values fails with: the client has ended it with an error, or wants no answer any more. */
export class ClientStreamError extends WsException {
  override readonly name = 'ClientStreamError';
  /** What the client sent as `error`; undefined where it has cancelled, or left. */
  readonly sent: unknown;

  /** @param sent undefined where the client has gone */
  constructor(sent?: unknown) {
    super(
      sent === undefined
        ? { status: 499, code: 'CANCELLED', message: 'The client has cancelled its request, or left.' }
        : { status: 400, code: 'CLIENT_STREAM_ERROR', message: 'The client ended its stream with an error.' },
    );
    this.sent = sent;
  }
}

/** What the stream asks of its client. */
export interface StreamSource {
  /** So many values more may be sent. */
  grant(values: number): void;
  /** Nobody takes what is sent. */
  cancelIncoming(): void;
}

type Pull<T> = { resolve(result: IteratorResult<T, undefined>): void; reject(error: unknown): void };
type Ending = { readonly error: ClientStreamError | undefined };

export class IncomingStream<T = unknown> extends Observable<T> implements AsyncIterable<T> {
  private readonly client: StreamSource;
  private readonly waiting: T[];
  private readonly pulls: Pull<T>[];
  private subscriber: Subscriber<T> | undefined;
  /** How many values the client may send at this moment. */
  private credit: number;
  /** Values taken that no grant was made for yet. */
  private taken: number;
  private ending: Ending | undefined;
  private isOpen: boolean;
  private isConsumed: boolean;

  /** @internal */
  constructor(client: StreamSource) {
    super((subscriber) => this.serve(subscriber));
    this.client = client;
    this.waiting = [];
    this.pulls = [];
    this.subscriber = undefined;
    this.credit = 0;
    this.taken = 0;
    this.ending = undefined;
    this.isOpen = false;
    this.isConsumed = false;
  }

  /** @internal A handler takes the stream: from now on the client may send. */
  open(): this {
    if (!this.isOpen) {
      this.isOpen = true;
      containUnhandledErrors();
      this.grant(WINDOW);
    }
    return this;
  }

  /** @internal @returns false where the client was not granted this value */
  receive(value: T): boolean {
    if (this.ending !== undefined) return true;
    if (this.credit === 0) return false;
    this.credit--;
    const pull = this.pulls.shift();
    if (pull !== undefined) {
      this.take();
      pull.resolve({ done: false, value });
    } else if (this.subscriber !== undefined && this.waiting.length === 0) {
      this.take();
      this.subscriber.next(value);
    } else {
      this.waiting.push(value);
    }
    return true;
  }

  /** @internal The client has sent all it had, or `error`. */
  end(error?: ClientStreamError): void {
    if (this.ending !== undefined) return;
    this.ending = { error };
    if (this.waiting.length === 0) this.finish(this.ending);
  }

  /** @internal The request is over: what waits is not for anybody. */
  abandon(): void {
    this.waiting.length = 0;
    this.end(new ClientStreamError());
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    this.consume();
    return {
      next: () => this.pull(),
      return: () => {
        this.leave();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  private pull(): Promise<IteratorResult<T, undefined>> {
    if (this.waiting.length > 0) {
      this.take();
      return Promise.resolve({ done: false, value: this.waiting.shift() as T });
    }
    return new Promise((resolve, reject) => {
      this.pulls.push({ resolve, reject });
      if (this.ending !== undefined) this.finish(this.ending);
    });
  }

  private serve(subscriber: Subscriber<T>): () => void {
    this.consume();
    while (this.waiting.length > 0 && !subscriber.closed) {
      this.take();
      subscriber.next(this.waiting.shift() as T);
    }
    this.subscriber = subscriber;
    if (this.ending !== undefined) this.finish(this.ending);
    return () => this.leave();
  }

  private consume(): void {
    if (this.isConsumed) throw new Error('A ClientStream can be subscribed to, or iterated, once: use share()');
    this.isConsumed = true;
  }

  /** The consumer wants no more. */
  private leave(): void {
    if (this.ending === undefined) this.client.cancelIncoming();
    this.waiting.length = 0;
    this.end();
  }

  private take(): void {
    if (this.ending !== undefined || ++this.taken < GRANT) return;
    this.taken = 0;
    this.grant(GRANT);
  }

  private grant(values: number): void {
    if (this.ending !== undefined) return;
    this.credit += values;
    this.client.grant(values);
  }

  /** An error is told once; who iterates on after it finds the end. */
  private finish({ error }: Ending): void {
    const [first, ...others] = this.pulls.splice(0);
    if (error !== undefined && first !== undefined) {
      first.reject(error);
      this.ending = { error: undefined };
    } else {
      first?.resolve({ done: true, value: undefined });
    }
    for (const pull of others) pull.resolve({ done: true, value: undefined });
    if (error === undefined) this.subscriber?.complete();
    else this.subscriber?.error(error);
  }
}

/**
 * RxJS throws an error that a subscriber does not handle, in a turn of its own: a client that leaves would end the process.
 * Where the application has not said what is to become of such errors, those of clients are logged.
 */
function containUnhandledErrors(): void {
  config.onUnhandledError ??= (error: unknown) => {
    if (!(error instanceof ClientStreamError)) throw error;
    logUnhandled('A ClientStream failed, and its subscriber handles no errors', error);
  };
}
