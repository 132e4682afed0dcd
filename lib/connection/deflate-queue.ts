// Keeps what is sent in order while messages are compressed on another thread: whatever comes behind a message that is
// still at work waits here, and goes to the outbox in its turn. As long as nothing is at work, nothing waits.

import { Buffer } from 'node:buffer';
import type { CompressedText, PayloadDeflater } from '../extension/payload-transform.js';
import { FIN, RSV1 } from '../frame/frame-header.js';
import { Opcode } from '../frame/opcode.js';
import { COPY_UP_TO } from './frame-writer.js';
import type { Outbox, OutboxLimits, SendCallback } from './outbox.js';
import { PendingPongs } from './pending-pongs.js';
import type { PreparedMessage } from './prepared-message.js';

/** A message that is being compressed, or anything that waits behind one. */
interface Held {
  /** How much of it counts as waiting to be sent. */
  readonly size: number;
  readonly callback: SendCallback | undefined;
  /** @returns whether it was queued */
  send(): boolean;
}

export class DeflateQueue {
  /** Whether a message is being compressed, so that what comes now must wait. */
  isBusy: boolean;
  private readonly deflater: PayloadDeflater;
  private readonly outbox: Outbox;
  private atWork: Held | undefined;
  private waiting: Held[];
  private readonly pongs: PendingPongs;
  private readonly onRest: (() => void) | undefined;

  /** @param onRest called when nothing is at work any more */
  constructor(
    deflater: PayloadDeflater,
    outbox: Outbox,
    { maxPendingPongs }: Pick<OutboxLimits, 'maxPendingPongs'>,
    onRest?: () => void,
  ) {
    this.isBusy = false;
    this.deflater = deflater;
    this.outbox = outbox;
    this.atWork = undefined;
    this.waiting = [];
    this.pongs = new PendingPongs(maxPendingPongs);
    this.onRest = onRest;
  }

  /** A text as it was compressed just before, for the same connection or another, where it can be sent now. */
  recall(text: string): CompressedText | undefined {
    return this.isBusy ? undefined : this.deflater.recall(text);
  }

  /**
   * Sends a message compressed.
   * @param text what the payload is in UTF-8, for others to {@link recall}
   * @returns whether it was queued
   */
  sendMessage(firstByte: number, payload: Uint8Array, callback: SendCallback | undefined, text?: string): boolean {
    if (!this.outbox.hasRoomFor(payload.length)) return false;
    if (!this.isBusy) return this.deflate(firstByte, payload, callback, text);
    const kept = keep(payload);
    this.hold({ size: kept.length, callback, send: () => this.deflate(firstByte, kept, callback) });
    return true;
  }

  /** Sends a text compressed that others are sent too. @returns whether it was queued */
  sendPrepared(message: PreparedMessage, callback: SendCallback | undefined): boolean {
    const { deflater, outbox } = this;
    const { sharing } = deflater;
    if (sharing === undefined) return this.sendMessage(FIN | Opcode.TEXT, message.payload, callback);
    const size = message.payload.length;
    if (!outbox.hasRoomFor(size)) return false;
    const send = (): boolean =>
      this.begin(
        { size, callback },
        (done) => message.deflated(sharing, deflater, done),
        (frame) => outbox.sendEncoded(frame, callback),
      );
    if (!this.isBusy) return send();
    this.hold({ size, callback, send });
    return true;
  }

  /** Sends a frame behind what is at work. @returns whether it was queued */
  sendFrame(firstByte: number, payload: Uint8Array, callback: SendCallback | undefined): boolean {
    if (!this.outbox.hasRoomFor(payload.length)) return false;
    const kept = keep(payload);
    this.hold({ size: kept.length, callback, send: () => this.outbox.sendFrame(firstByte, kept, callback) });
    return true;
  }

  /** Sends a control frame behind what is at work. */
  sendControl(opcode: number, payload: Uint8Array, callback?: SendCallback): void {
    const kept = keep(payload);
    this.defer(() => this.outbox.sendControl(opcode, kept, callback), callback);
  }

  /** Answers a ping behind what is at work; beyond the pongs that may wait only the newest ping is answered (§5.5.3). */
  sendPong(payload: Uint8Array): void {
    if (!this.pongs.admit(payload)) return;
    const pong = keep(payload);
    this.defer(() => this.outbox.sendPong(pong));
  }

  /** Does something behind what is at work. @param callback told when the connection is gone before that */
  defer(action: () => void, callback?: SendCallback): void {
    const send = (): boolean => {
      action();
      return true;
    };
    this.hold({ size: 0, callback, send });
  }

  /** The connection is gone. */
  close(): void {
    this.deflater.close();
    const held = this.atWork === undefined ? this.waiting : [this.atWork, ...this.waiting];
    this.atWork = undefined;
    this.waiting = [];
    this.pongs.forgetNewest();
    this.isBusy = false;
    this.outbox.heldBackBytes = 0;
    for (const { callback } of held) callback?.(new Error('the connection ended before the message was sent'));
  }

  private deflate(firstByte: number, payload: Uint8Array, callback: SendCallback | undefined, text?: string): boolean {
    return this.begin(
      { size: payload.length, callback },
      (done) => {
        const compressed = this.deflater.deflate(payload, done);
        if (compressed !== undefined && text !== undefined) {
          this.deflater.remember(text, { payloadBytes: payload.length, compressed });
        }
        return compressed;
      },
      (compressed) => this.outbox.sendFrame(firstByte | RSV1, compressed, callback),
    );
  }

  /** Sends what compressing brings, at once or when it is ready. */
  private begin(
    { size, callback }: Omit<Held, 'send'>,
    compress: (done: (result: Buffer) => void) => Buffer | undefined,
    send: (result: Buffer) => boolean,
  ): boolean {
    let late: Buffer | undefined;
    const atWork: Held = { size, callback, send: () => send(late!) };
    const compressed = compress((result) => {
      late = result;
      // One who shares the work is told of it though the connection may be gone.
      if (this.atWork === atWork) this.finish(atWork);
    });
    if (compressed !== undefined) return send(compressed);
    this.isBusy = true;
    this.atWork = atWork;
    this.outbox.heldBackBytes += size;
    return true;
  }

  private hold(held: Held): void {
    this.outbox.heldBackBytes += held.size;
    this.waiting.push(held);
  }

  /** The message at work is ready, and with it what waits, up to the next that is not ready at once. */
  private finish(atWork: Held): void {
    const { isBehind } = this.outbox;
    this.atWork = undefined;
    this.letGo(atWork);
    while (this.atWork === undefined && this.waiting.length > 0) this.letGo(this.waiting.shift()!);
    // The socket may take the little that is left of it at once, and would tell nobody that there is room again.
    if (isBehind) this.outbox.watchDrain();
    if (this.atWork === undefined) this.rest();
  }

  private letGo(held: Held): void {
    this.outbox.heldBackBytes -= held.size;
    if (held.send()) return;
    // Compressed it was longer than the room for it: the connection is being cut.
    held.callback?.(new Error('the message was not sent: more was waiting than maxBufferedBytes allows'));
    this.close();
  }

  private rest(): void {
    this.isBusy = false;
    const newestPing = this.pongs.settle();
    if (newestPing !== undefined) this.outbox.sendPong(newestPing);
    this.onRest?.();
  }
}

/** What waits does so beyond this turn, at whose end the sender may have other bytes in its buffer. */
function keep(payload: Uint8Array): Uint8Array {
  return payload.length <= COPY_UP_TO ? Buffer.from(payload) : payload;
}
