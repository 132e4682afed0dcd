// What a client sends under the id of its request, value by value: pulled from an iterable as the server grants it, until
// the iterable ends, or nobody takes its values any more.

import { types } from 'node:util';

/** JSON values; bytes go as binary messages. */
export type ValueSource = Iterable<unknown> | AsyncIterable<unknown>;

/** Sends one message. @returns whether the connection took it */
export type Transmit = (message: string | Uint8Array) => boolean;

export class ValueSender {
  private readonly id: string;
  private readonly iterator: Iterator<unknown> | AsyncIterator<unknown>;
  private readonly transmit: Transmit;
  /** How many values the server takes at this moment. */
  private credit: number;
  private isPulling: boolean;
  private hasEnded: boolean;
  private thrown: unknown;

  /** @throws TypeError for what is no iterable of values */
  constructor(id: string, source: ValueSource, transmit: Transmit) {
    this.id = id;
    this.iterator = iteratorOf(source);
    this.transmit = transmit;
    this.credit = 0;
    this.isPulling = false;
    this.hasEnded = false;
    this.thrown = undefined;
  }

  /** What the iterable has failed with, if it has. */
  get failure(): unknown {
    return this.thrown;
  }

  /** The server takes so many values more. */
  grant(values: number): void {
    this.credit += values;
    if (!this.isPulling && !this.hasEnded) void this.pull();
  }

  /** Nobody takes the rest: lets go of the iterable. */
  stop(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    // What an iterable does in the end is not the server's, nor the request's.
    void (async () => this.iterator.return?.())().catch(() => undefined);
  }

  private async pull(): Promise<void> {
    this.isPulling = true;
    try {
      while (this.credit > 0 && !this.hasEnded) {
        const { done, value } = await this.iterator.next();
        if (this.hasEnded) return;
        if (done === true) this.end({ type: 'complete' });
        else this.send(await value);
      }
    } catch (error) {
      if (this.hasEnded) return;
      this.thrown = error;
      this.end({ type: 'error', error: types.isNativeError(error) ? { message: error.message } : error });
    } finally {
      this.isPulling = false;
    }
  }

  private send(value: unknown): void {
    this.credit--;
    const { id } = this;
    const isSent = types.isUint8Array(value)
      ? this.transmit(JSON.stringify({ id, type: 'next', binary: true })) && this.transmit(value)
      : this.transmit(JSON.stringify({ id, type: 'next', data: value }));
    if (!isSent) this.stop();
  }

  private end(message: object): void {
    this.hasEnded = true;
    this.transmit(JSON.stringify({ id: this.id, ...message }));
  }
}

function iteratorOf(source: ValueSource): Iterator<unknown> | AsyncIterator<unknown> {
  // Texts and bytes are iterable too, but what is meant is one value.
  const isOneValue = typeof source !== 'object' || source === null || types.isUint8Array(source);
  if (!isOneValue && Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
  if (!isOneValue && Symbol.iterator in source) return source[Symbol.iterator]();
  throw new TypeError('values must be an iterable or async iterable of values: for a single one, [value]');
}
