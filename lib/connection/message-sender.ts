// Everything that is sent passes here, on its way to the outbox: messages that are long enough are compressed where that was
// agreed on, and whatever comes behind one that is still being compressed stays behind it.

import { Buffer } from 'node:buffer';
import type { PayloadDeflater } from '../extension/payload-transform.js';
import { FIN, RSV1 } from '../frame/frame-header.js';
import { Opcode } from '../frame/opcode.js';
import { DeflateQueue } from './deflate-queue.js';
import type { PreparedMessage } from './prepared-message.js';
import type { Outbox, OutboxLimits, SendCallback } from './outbox.js';

/** How outgoing messages are compressed. */
export interface OutgoingCompression {
  readonly deflater: PayloadDeflater;
  /** Messages from this many bytes on are compressed. */
  readonly thresholdBytes: number;
}

export interface MessageSenderOwner {
  /** No message is being compressed any more. */
  compressionRests(): void;
}

export class MessageSender {
  private readonly outbox: Outbox;
  private readonly thresholdBytes: number;
  private readonly deflateQueue: DeflateQueue | undefined;

  constructor(
    outbox: Outbox,
    limits: OutboxLimits,
    compression: OutgoingCompression | undefined,
    owner: MessageSenderOwner,
  ) {
    this.outbox = outbox;
    this.thresholdBytes = compression === undefined ? 0 : compression.thresholdBytes;
    this.deflateQueue =
      compression && new DeflateQueue(compression.deflater, outbox, limits, () => owner.compressionRests());
  }

  /** Whether messages are being compressed that the peer itself may have caused: it should be read no further now. */
  get isCompressing(): boolean {
    return this.busyQueue !== undefined;
  }

  sendText(text: string, callback: SendCallback | undefined): boolean {
    if (this.deflateQueue === undefined) return this.outbox.sendText(text, callback);
    const known = this.deflateQueue.recall(text);
    if (known !== undefined && known.payloadBytes >= this.thresholdBytes) {
      return this.outbox.sendFrame(FIN | Opcode.TEXT | RSV1, known.compressed, callback);
    }
    const payload = Buffer.from(text);
    if (payload.length < this.thresholdBytes) return this.sendFrame(FIN | Opcode.TEXT, payload, callback);
    return this.deflateQueue.sendMessage(FIN | Opcode.TEXT, payload, callback, text);
  }

  sendMessage(opcode: Opcode, payload: Uint8Array, callback: SendCallback | undefined): boolean {
    if (this.deflateQueue === undefined || payload.length < this.thresholdBytes) {
      return this.sendFrame(FIN | opcode, payload, callback);
    }
    return this.deflateQueue.sendMessage(FIN | opcode, payload, callback);
  }

  /** Sends a text that others are sent too. */
  sendPrepared(message: PreparedMessage, callback: SendCallback | undefined): boolean {
    const { deflateQueue } = this;
    if (deflateQueue === undefined) return this.outbox.sendEncoded(message.frame, callback);
    if (message.payload.length >= this.thresholdBytes) return deflateQueue.sendPrepared(message, callback);
    return deflateQueue.isBusy
      ? deflateQueue.sendFrame(FIN | Opcode.TEXT, message.payload, callback)
      : this.outbox.sendEncoded(message.frame, callback);
  }

  /** Sends a frame as it is. */
  sendFrame(firstByte: number, payload: Uint8Array, callback: SendCallback | undefined): boolean {
    return (this.busyQueue ?? this.outbox).sendFrame(firstByte, payload, callback);
  }

  sendControl(opcode: Opcode, payload: Uint8Array, callback?: SendCallback): void {
    (this.busyQueue ?? this.outbox).sendControl(opcode, payload, callback);
  }

  sendPong(payload: Uint8Array): void {
    (this.busyQueue ?? this.outbox).sendPong(payload);
  }

  /** Ends the stream's writable side behind everything that was sent. */
  end(): void {
    if (this.busyQueue === undefined) this.outbox.end();
    else this.busyQueue.defer(() => this.outbox.end());
  }

  /** The stream is gone. */
  close(): void {
    this.deflateQueue?.close();
    this.outbox.discard();
  }

  private get busyQueue(): DeflateQueue | undefined {
    return this.deflateQueue?.isBusy ? this.deflateQueue : undefined;
  }
}
