// A text that many connections are sent: made into a frame once, and compressed once for each way of compressing, however many
// they are. Every connection's queue holds the same bytes.

import { Buffer } from 'node:buffer';
import type { PayloadDeflater } from '../extension/payload-transform.js';
import { encodeFrame } from '../frame/encode-frame.js';
import { FIN, RSV1 } from '../frame/frame-header.js';
import { Opcode } from '../frame/opcode.js';

export class PreparedMessage {
  readonly text: string;
  private bytes: Buffer | undefined;
  private plainFrame: Buffer | undefined;
  private deflations: Map<string, Deflation> | undefined;

  constructor(text: string) {
    this.text = text;
    this.bytes = undefined;
    this.plainFrame = undefined;
    this.deflations = undefined;
  }

  /** The text in UTF-8; nobody may write to it. */
  get payload(): Buffer {
    return (this.bytes ??= Buffer.from(this.text));
  }

  /** The frame, unmasked and not compressed; nobody may write to it. */
  get frame(): Buffer {
    return (this.plainFrame ??= encodeFrame(FIN | Opcode.TEXT, this.payload));
  }

  /**
   * The frame, compressed as a deflater with this `sharing` compresses.
   * @param deflater does the work where nobody else has done it yet
   * @param done gets the frame when it is not there at once
   */
  deflated(sharing: string, deflater: PayloadDeflater, done: (frame: Buffer) => void): Buffer | undefined {
    const deflations = (this.deflations ??= new Map());
    let deflation = deflations.get(sharing);
    if (deflation === undefined) {
      deflation = new Deflation(deflater.another(), this.payload);
      deflations.set(sharing, deflation);
    }
    return deflation.take(done);
  }
}

/** The one compression for all that compress alike; it goes on when the connection that began it is gone. */
class Deflation {
  private frame: Buffer | undefined;
  private waiting: ((frame: Buffer) => void)[];

  constructor(deflater: PayloadDeflater, payload: Buffer) {
    this.frame = undefined;
    this.waiting = [];
    const finish = (compressed: Buffer): void => {
      const frame = encodeFrame(FIN | RSV1 | Opcode.TEXT, compressed);
      this.frame = frame;
      for (const done of this.waiting) done(frame);
      this.waiting = [];
      deflater.close();
    };
    const compressed = deflater.deflate(payload, finish);
    if (compressed !== undefined) finish(compressed);
  }

  take(done: (frame: Buffer) => void): Buffer | undefined {
    if (this.frame === undefined) this.waiting.push(done);
    return this.frame;
  }
}
