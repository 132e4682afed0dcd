// Decoders between two messages, which know nothing of the connection they were used for: a few serve all connections that
// have the same limits. What is lent comes back when it is at rest, or not at all.

import type { FrameObserver, MessageLimits } from './message-decoder.js';
import { MessageDecoder } from './message-decoder.js';

/** More than are in the middle of something at a time where clients send whole messages. */
const MAX_IDLE = 16;

const pools = {
  client: new WeakMap<MessageLimits, DecoderPool>(),
  server: new WeakMap<MessageLimits, DecoderPool>(),
};

export class DecoderPool {
  private readonly from: 'client' | 'server';
  private readonly limits: MessageLimits;
  private readonly idle: MessageDecoder[];

  private constructor(from: 'client' | 'server', limits: MessageLimits) {
    this.from = from;
    this.limits = limits;
    this.idle = [];
  }

  /** The pool of all that are given the same limits, as one object. */
  static of(from: 'client' | 'server', limits: MessageLimits): DecoderPool {
    let pool = pools[from].get(limits);
    if (pool === undefined) {
      pool = new DecoderPool(from, limits);
      pools[from].set(limits, pool);
    }
    return pool;
  }

  take(observer: FrameObserver): MessageDecoder {
    const decoder = this.idle.pop() ?? new MessageDecoder(this.from, this.limits);
    decoder.observer = observer;
    return decoder;
  }

  /** @param decoder one that is at rest */
  giveBack(decoder: MessageDecoder): void {
    decoder.observer = undefined;
    if (this.idle.length < MAX_IDLE) this.idle.push(decoder);
  }
}
