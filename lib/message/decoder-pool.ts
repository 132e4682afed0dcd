// Decoders between two messages, which know nothing of the connection they were used for: a few serve all connections that
// have the same limits, and all that have agreed on compression besides. What is lent comes back when it is at rest, or not
// at all.

import type { FrameObserver, MessageInflation, MessageLimits } from './message-decoder.js';
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
  /** Those that let compressed messages pass. */
  private readonly idleInflating: MessageDecoder[];

  private constructor(from: 'client' | 'server', limits: MessageLimits) {
    this.from = from;
    this.limits = limits;
    this.idle = [];
    this.idleInflating = [];
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

  /** @param inflation where compression was agreed on */
  take(observer: FrameObserver, inflation?: MessageInflation): MessageDecoder {
    const idle = inflation === undefined ? this.idle : this.idleInflating;
    const decoder = idle.pop() ?? new MessageDecoder(this.from, this.limits, inflation);
    decoder.observer = observer;
    decoder.inflation = inflation;
    return decoder;
  }

  /** @param decoder one that is at rest */
  giveBack(decoder: MessageDecoder): void {
    const idle = decoder.inflation === undefined ? this.idle : this.idleInflating;
    decoder.observer = undefined;
    decoder.inflation = undefined;
    if (idle.length < MAX_IDLE) idle.push(decoder);
  }
}
