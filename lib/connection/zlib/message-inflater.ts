// Inflates one connection's incoming messages (RFC 7692 §7.2.2), piece by piece as they arrive. A block with BFINAL set ends
// a DEFLATE stream for zlib but not for the RFC (§7.2.3.4): what follows it, in this message or the next, goes on with the
// same window. Small pieces are inflated at once, large ones on another thread.

import { Buffer } from 'node:buffer';
import type { PayloadInflater } from '../../extension/payload-transform.js';
import { ProtocolError } from '../../frame/protocol-error.js';
import { ZlibContext, type ZlibDataError, type ZlibResult, ZlibSizeError } from './zlib-context.js';
import { zlibJobs } from './zlib-jobs.js';
import { ZlibPool } from './zlib-pool.js';

/** Up to this many bytes, inflating at once costs less than the way to another thread and back (`bench/`: deflate). */
const AT_ONCE_UP_TO = 16 * 1024;
/** What the sender left out at the end of a message. */
const FLUSH_TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
const MAX_WINDOW_BYTES = 32 * 1024;
/** A message with more final blocks than this does nothing but make work. */
const MAX_FINAL_BLOCKS = 1024;

/** Inflating with the largest window reads what was made with any (§7.1.2.2), so that one pool serves all. */
const pool = new ZlibPool(() => ZlibContext.forInflate({}));

type Done = (result: Buffer | ProtocolError) => void;

export class MessageInflater implements PayloadInflater {
  private readonly noContextTakeover: boolean;
  private context: ZlibContext | undefined;
  /** The newest output, as far as a window reaches back, in case a final block ends the context that knows it. */
  private recent: Buffer[];
  private recentBytes: number;
  private finalBlocks: number;
  private isClosed: boolean;

  /** @param noContextTakeover whether the peer begins every message without a window */
  constructor({ noContextTakeover }: { readonly noContextTakeover: boolean }) {
    this.noContextTakeover = noContextTakeover;
    this.context = undefined;
    this.recent = [];
    this.recentBytes = 0;
    this.finalBlocks = 0;
    this.isClosed = false;
  }

  inflate(piece: Buffer, isLast: boolean, maxBytes: number, done: Done): Buffer | undefined {
    const input = isLast ? Buffer.concat([piece, FLUSH_TAIL]) : piece;
    if (input.length > AT_ONCE_UP_TO || !ZlibContext.canRunNow) {
      zlibJobs.run((finish) => this.inflateLater(input, isLast, maxBytes, finish, done));
      return undefined;
    }
    return this.inflateNow(input, isLast, maxBytes);
  }

  close(): void {
    this.isClosed = true;
    this.context?.close();
    this.context = undefined;
    this.recent = [];
  }

  private inflateNow(input: Buffer, isLast: boolean, maxBytes: number): Buffer {
    try {
      const outputs: Buffer[] = [];
      let size = 0;
      for (let rest = input; ;) {
        const { output, unread } = this.takeContext().runNow(rest, maxBytes - size);
        outputs.push(output);
        size += output.length;
        this.remember(output);
        if (unread === 0) break;
        this.beginAfterFinalBlock();
        rest = rest.subarray(rest.length - unread);
      }
      if (isLast) this.endMessage();
      return outputs.length === 1 ? outputs[0]! : Buffer.concat(outputs, size);
    } catch (error) {
      throw violationOf(error);
    }
  }

  private inflateLater(input: Buffer, isLast: boolean, maxBytes: number, finish: () => void, done: Done): void {
    if (this.isClosed) return finish();
    const outputs: Buffer[] = [];
    let size = 0;
    const run = (rest: Buffer): void => {
      this.takeContext().runLater(rest, maxBytes - size, (result) => {
        // The connection may have ended meanwhile.
        if (this.isClosed) return finish();
        try {
          const unread = take(result);
          if (unread > 0) {
            this.beginAfterFinalBlock();
            run(rest.subarray(rest.length - unread));
            return;
          }
          if (isLast) this.endMessage();
          finish();
          done(Buffer.concat(outputs, size));
        } catch (error) {
          finish();
          done(violationOf(error));
        }
      });
    };
    const take = (result: ZlibResult | ZlibDataError | ZlibSizeError): number => {
      if (result instanceof Error) throw result;
      outputs.push(result.output);
      size += result.output.length;
      this.remember(result.output);
      return result.unread;
    };
    run(input);
  }

  private takeContext(): ZlibContext {
    return (this.context ??= pool.take());
  }

  private beginAfterFinalBlock(): void {
    if (++this.finalBlocks > MAX_FINAL_BLOCKS) throw new ProtocolError('too-many-fragments');
    this.context!.close();
    const window = Buffer.concat(this.recent, this.recentBytes);
    this.context = ZlibContext.forInflate({}, window.length > 0 ? window.subarray(-MAX_WINDOW_BYTES) : undefined);
  }

  private endMessage(): void {
    const endedOnFinalBlock = this.finalBlocks > 0;
    this.finalBlocks = 0;
    if (!this.noContextTakeover) return;
    // A context that was begun with a dictionary would begin with it again.
    if (endedOnFinalBlock) this.context!.close();
    else pool.giveBack(this.context!);
    this.context = undefined;
    this.recent = [];
    this.recentBytes = 0;
  }

  private remember(output: Buffer): void {
    if (output.length === 0) return;
    this.recent.push(output);
    this.recentBytes += output.length;
    while (this.recentBytes - this.recent[0]!.length >= MAX_WINDOW_BYTES)
      this.recentBytes -= this.recent.shift()!.length;
  }
}

function violationOf(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  return new ProtocolError(error instanceof ZlibSizeError ? 'message-too-big' : 'compressed-data-invalid');
}
