// Keeps what is sent in order while messages are compressed on another thread: whatever comes behind a message that is
// still at work waits here, and goes to the outbox in its turn. As long as nothing is at work, nothing waits.

import type { PayloadDeflater } from '../extension/payload-transform.js';
import { RSV1 } from '../frame/frame-header.js';
import type { Outbox, SendCallback } from './outbox.js';

export class DeflateQueue {
  /** Whether a message is being compressed, so that what comes now must wait. */
  isBusy: boolean;
  private readonly deflater: PayloadDeflater;
  private readonly outbox: Outbox;
  private waiting: (() => void)[];
  private readonly callbacks: Set<SendCallback>;

  constructor(deflater: PayloadDeflater, outbox: Outbox) {
    this.isBusy = false;
    this.deflater = deflater;
    this.outbox = outbox;
    this.waiting = [];
    this.callbacks = new Set();
  }

  /** Sends a message compressed. @returns whether it was queued */
  sendMessage(firstByte: number, payload: Uint8Array, callback: SendCallback | undefined): boolean {
    if (!this.outbox.hasRoomFor(payload.length)) return false;
    if (this.isBusy) this.holdBack(payload.length, callback, () => this.deflate(firstByte, payload, callback));
    else this.deflate(firstByte, payload, callback);
    return true;
  }

  /** Sends a frame behind what is at work. @returns whether it was queued */
  sendFrame(firstByte: number, payload: Uint8Array, callback: SendCallback | undefined): boolean {
    if (!this.outbox.hasRoomFor(payload.length)) return false;
    this.holdBack(payload.length, callback, () => this.outbox.sendFrame(firstByte, payload, callback));
    return true;
  }

  /** Does something behind what is at work. */
  defer(action: () => void): void {
    this.waiting.push(action);
  }

  /** The connection is gone. */
  close(): void {
    this.deflater.close();
    this.isBusy = false;
    this.waiting = [];
    for (const callback of this.callbacks) callback(new Error('the connection ended before the message was sent'));
    this.callbacks.clear();
  }

  private deflate(firstByte: number, payload: Uint8Array, callback: SendCallback | undefined): void {
    const send = (compressed: Buffer): void => {
      this.outbox.sendFrame(firstByte | RSV1, compressed, callback);
    };
    const compressed = this.deflater.deflate(payload, (late) => {
      this.letGo(payload.length, callback);
      send(late);
      this.isBusy = false;
      this.proceed();
    });
    if (compressed !== undefined) {
      send(compressed);
      return;
    }
    this.isBusy = true;
    this.keep(payload.length, callback);
  }

  private proceed(): void {
    while (!this.isBusy) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      next();
    }
  }

  private holdBack(size: number, callback: SendCallback | undefined, action: () => void): void {
    this.keep(size, callback);
    this.waiting.push(() => {
      this.letGo(size, callback);
      action();
    });
  }

  private keep(size: number, callback: SendCallback | undefined): void {
    this.outbox.heldBackBytes += size;
    if (callback !== undefined) this.callbacks.add(callback);
  }

  private letGo(size: number, callback: SendCallback | undefined): void {
    this.outbox.heldBackBytes -= size;
    if (callback !== undefined) this.callbacks.delete(callback);
  }
}
