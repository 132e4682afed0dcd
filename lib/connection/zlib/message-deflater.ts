// Compresses one connection's outgoing messages (RFC 7692 §7.2.1): DEFLATE with a sync flush at the end, whose last four
// bytes are left out. Small messages are compressed at once, large ones on another thread. Where no windows are kept, the
// text that was compressed last is known to all connections that would make the same of it: a broadcast, though nobody
// calls it so, is compressed once. Strings cannot change, so that it does not matter when that was.

import { Buffer } from 'node:buffer';
import type { CompressedText, PayloadDeflater } from '../../extension/payload-transform.js';
import { ZlibContext } from './zlib-context.js';
import { zlibJobs } from './zlib-jobs.js';
import { ZlibPool } from './zlib-pool.js';

export interface DeflateOptions {
  /** Whether the window is forgotten between messages. */
  readonly noContextTakeover: boolean;
  /** 9 to 15. */
  readonly windowBits: number;
  /** 0 to 9, or -1 for {@link LEVEL} or {@link LEVEL_WITH_WINDOW}. */
  readonly level: number;
  /** 1 to 9. */
  readonly memoryLevel: number;
}

/**
 * Up to this many bytes, compressing at once holds the event loop for some 0.2 ms at most. The way to another thread costs
 * more CPU at any size, and holds the loop for less from about 4 KiB on (`bench/micro/`: deflate).
 */
const AT_ONCE_UP_TO = 16 * 1024;
/** Where none was chosen. zlib's own choice, 6, takes up to three times as long for some per cent of the bytes (`bench/micro/`: deflate-level). */
const LEVEL = 2;
/** Where windows are kept: below it, zlib finds long repetitions in pieces. */
const LEVEL_WITH_WINDOW = 4;
const NOT_CHOSEN = -1;
/** What a sync flush ends with: an empty block that is not final. */
const FLUSH_TAIL_BYTES = 4;
/** An empty message, compressed (§7.2.3.6). */
const COMPRESSED_NOTHING = Buffer.from([0]);
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** What deflaters of the same options have in common. */
interface Kind {
  readonly pool: ZlibPool;
  lastText: string | undefined;
  lastCompressed: CompressedText | undefined;
}

const kinds = new Map<string, Kind>();

export class MessageDeflater implements PayloadDeflater {
  readonly sharing: string | undefined;
  private readonly options: DeflateOptions;
  private readonly kind: Kind;
  private readonly noContextTakeover: boolean;
  private context: ZlibContext | undefined;
  private isClosed: boolean;

  constructor(options: DeflateOptions) {
    const key = keyOf(options);
    this.sharing = options.noContextTakeover ? key : undefined;
    this.options = options;
    this.kind = kindOf(key, options);
    this.noContextTakeover = options.noContextTakeover;
    this.context = undefined;
    this.isClosed = false;
  }

  deflate(payload: Uint8Array, done: (compressed: Buffer) => void): Buffer | undefined {
    if (payload.length === 0) return COMPRESSED_NOTHING;
    if (payload.length > AT_ONCE_UP_TO || !ZlibContext.canRunNow) {
      zlibJobs.run((finish) => this.deflateLater(payload, finish, done));
      return undefined;
    }
    const context = this.takeContext();
    const { output } = context.runNow(payload, NO_LIMIT, FLUSH_TAIL_BYTES);
    this.putBack();
    return output;
  }

  another(): MessageDeflater {
    return new MessageDeflater(this.options);
  }

  recall(text: string): CompressedText | undefined {
    if (!this.noContextTakeover || text !== this.kind.lastText) return undefined;
    return this.kind.lastCompressed;
  }

  remember(text: string, known: CompressedText): void {
    if (!this.noContextTakeover) return;
    this.kind.lastText = text;
    this.kind.lastCompressed = known;
  }

  close(): void {
    this.isClosed = true;
    this.context?.close();
    this.context = undefined;
  }

  private deflateLater(payload: Uint8Array, finish: () => void, done: (compressed: Buffer) => void): void {
    if (this.isClosed) return finish();
    const context = this.takeContext();
    context.runLater(payload, NO_LIMIT, (result) => {
      if (this.isClosed) return finish();
      // Compressing fails only for want of memory.
      if (result instanceof Error) throw result;
      this.putBack();
      finish();
      done(result.output.subarray(0, -FLUSH_TAIL_BYTES));
    });
  }

  private takeContext(): ZlibContext {
    return (this.context ??= this.noContextTakeover ? this.kind.pool.take() : this.kind.pool.make());
  }

  private putBack(): void {
    if (!this.noContextTakeover) return;
    this.kind.pool.giveBack(this.context!);
    this.context = undefined;
  }
}

/** What makes the same bytes of the same message. */
function keyOf(options: DeflateOptions): string {
  return `${options.windowBits} ${levelOf(options)} ${options.memoryLevel}`;
}

function kindOf(key: string, options: DeflateOptions): Kind {
  const { windowBits, memoryLevel: memLevel } = options;
  const level = levelOf(options);
  const make = (): ZlibContext => ZlibContext.forDeflate({ windowBits, level, memLevel });
  const kind = kinds.get(key) ?? { pool: new ZlibPool(make), lastText: undefined, lastCompressed: undefined };
  kinds.set(key, kind);
  return kind;
}

function levelOf({ level, noContextTakeover }: DeflateOptions): number {
  if (level !== NOT_CHOSEN) return level;
  return noContextTakeover ? LEVEL : LEVEL_WITH_WINDOW;
}
