// Inflates one connection's incoming messages (RFC 7692 §7.2.2), piece by piece as they arrive. A block with BFINAL set ends
// a DEFLATE stream for zlib but not for the RFC (§7.2.3.4): what follows it, in this message or the next, goes on with the
// same window. Small pieces are inflated at once, large ones on another thread.

import { Buffer } from 'node:buffer';
import type { PayloadInflater } from '../../extension/payload-transform.js';
import { ProtocolError } from '../../frame/protocol-error.js';
import { kept } from '../shared-reading.js';
import { RecentOutput } from './recent-output.js';
import { ZlibContext, type ZlibResult, ZlibSizeError } from './zlib-context.js';
import { zlibJobs } from './zlib-jobs.js';
import { ZlibPool } from './zlib-pool.js';

/**
 * Up to this many compressed bytes, inflating at once holds the event loop for about as long as handing over to another
 * thread would, or less, and costs less CPU (`bench/micro/`: deflate).
 */
const AT_ONCE_UP_TO = 16 * 1024;
/** What the sender left out at the end of a message. */
const FLUSH_TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
/** A message with more final blocks than this does nothing but make work: behind each, a context is made anew. */
const MAX_FINAL_BLOCKS = 128;
const EMPTY = Buffer.alloc(0);

/** Inflating with the largest window reads what was made with any (§7.1.2.2), so that one pool serves all. */
const pool = new ZlibPool(() => ZlibContext.forInflate({}));

type Done = (result: Buffer | ProtocolError) => void;

/** What has come out of one piece so far. */
interface Outputs {
  readonly buffers: Buffer[];
  size: number;
}

export class MessageInflater implements PayloadInflater {
  private readonly noContextTakeover: boolean;
  private context: ZlibContext | undefined;
  /** For the context behind a final block. */
  private readonly recent: RecentOutput;
  /** Whether the context was begun with a window, with which it would begin again. */
  private hasDictionary: boolean;
  /** Whether anything of the message came yet. */
  private hasBegun: boolean;
  private finalBlocks: number;
  private isClosed: boolean;

  /** @param noContextTakeover whether the peer begins every message without a window */
  constructor({ noContextTakeover }: { readonly noContextTakeover: boolean }) {
    this.noContextTakeover = noContextTakeover;
    this.context = undefined;
    this.recent = new RecentOutput();
    this.hasDictionary = false;
    this.hasBegun = false;
    this.finalBlocks = 0;
    this.isClosed = false;
  }

  inflate(piece: Buffer, isLast: boolean, maxBytes: number, done: Done): Buffer | undefined {
    this.hasBegun ||= piece.length > 0;
    // No block at all stands for nothing, though §7.2.3.6 would write it as one.
    if (!this.hasBegun) return EMPTY;
    if (piece.length <= AT_ONCE_UP_TO && ZlibContext.canRunNow) return this.inflateNow(piece, isLast, maxBytes);
    const own = kept(piece);
    zlibJobs.run((finish) => this.inflateLater(own, isLast, maxBytes, finish, done));
    return undefined;
  }

  close(): void {
    this.isClosed = true;
    this.dropContext();
    this.recent.clear();
  }

  private inflateNow(piece: Buffer, isLast: boolean, maxBytes: number): Buffer {
    const outputs: Outputs = { buffers: [], size: 0 };
    try {
      for (let unread = piece.length; unread > 0;) {
        const rest = unread === piece.length ? piece : piece.subarray(-unread);
        const result = this.takeContext().runNow(rest, maxBytes - outputs.size);
        this.collect(outputs, result, isLast);
        ({ unread } = result);
      }
      if (isLast) this.endMessage();
      return joined(outputs);
    } catch (error) {
      throw this.violationOf(error);
    }
  }

  private inflateLater(piece: Buffer, isLast: boolean, maxBytes: number, finish: () => void, done: Done): void {
    if (this.isClosed) return finish();
    const tail = isLast && !ZlibContext.canRunNow ? FLUSH_TAIL : EMPTY;
    const outputs: Outputs = { buffers: [], size: 0 };
    const run = (rest: Buffer): void => {
      this.takeContext().runLater(rest, maxBytes - outputs.size, (result) => {
        // The connection may have ended meanwhile.
        if (this.isClosed) return finish();
        try {
          if (result instanceof Error) throw result;
          this.collect(outputs, result, isLast);
          // Behind a final block that ends the message there is nothing to complete.
          if (result.unread > tail.length) return run(rest.subarray(rest.length - result.unread));
          if (isLast) this.endMessage();
        } catch (error) {
          finish();
          done(this.violationOf(error));
          return;
        }
        finish();
        done(joined(outputs));
      });
    };
    run(tail.length === 0 ? piece : Buffer.concat([piece, tail]));
  }

  private takeContext(): ZlibContext {
    return (this.context ??= pool.take());
  }

  private collect(outputs: Outputs, { output, unread }: ZlibResult, isLast: boolean): void {
    outputs.buffers.push(output);
    outputs.size += output.length;
    const hasEnded = isLast && unread === 0;
    if (!this.noContextTakeover || !hasEnded) this.recent.push(output);
    if (unread > 0) this.beginAfterFinalBlock();
  }

  private beginAfterFinalBlock(): void {
    if (++this.finalBlocks > MAX_FINAL_BLOCKS) throw new ProtocolError('too-many-fragments');
    this.dropContext();
    const { window } = this.recent;
    this.hasDictionary = window !== undefined;
    this.context = ZlibContext.forInflate({}, window);
  }

  private endMessage(): void {
    // Where it cannot be done at once, the tail went with the last piece, and data that is cut short is not found.
    if (ZlibContext.canRunNow) this.context!.endMessageNow();
    this.hasBegun = false;
    this.finalBlocks = 0;
    if (!this.noContextTakeover) return;
    if (this.hasDictionary) this.context!.close();
    else pool.giveBack(this.context!);
    this.context = undefined;
    this.hasDictionary = false;
    this.recent.clear();
  }

  private dropContext(): void {
    this.context?.close();
    this.context = undefined;
  }

  /** Inflating ends here, whenever the connection does. */
  private violationOf(error: unknown): ProtocolError {
    this.dropContext();
    if (error instanceof ProtocolError) return error;
    return new ProtocolError(error instanceof ZlibSizeError ? 'message-too-big' : 'compressed-data-invalid');
  }
}

function joined({ buffers, size }: Outputs): Buffer {
  return buffers.length === 1 ? buffers[0]! : Buffer.concat(buffers, size);
}
