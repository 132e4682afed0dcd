// One raw DEFLATE or inflate context of Node's zlib, with two ways to push bytes through it: at once, or on another thread.
//
// The way at once calls zlib's binding below the public stream (`_handle.writeSync`, what `zlib.inflateRawSync` itself does):
// it keeps the context, which the public one-shot functions cannot. For 64 bytes it costs a third of them to deflate and a
// tenth to inflate, for 1 KiB two thirds and half; from 16 KiB on there is little between them (`bench/micro/`: deflate). It is tried out when the module is loaded and left alone where it does not answer as expected.

import { Buffer } from 'node:buffer';
import { viewBuffer } from '../../frame/buffer-view.js';
import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  type DeflateRaw,
  type InflateRaw,
  type ZlibOptions,
} from 'node:zlib';

const SCRATCH_BYTES = 64 * 1024;
/** What the sender of a message left out at its end (RFC 7692 §7.2.2), and a byte that must not be read any more. */
const MESSAGE_END = Buffer.from([0x00, 0x00, 0xff, 0xff, 0xff]);
const LEFT_OUT_BYTES = 4;

/** The private part of a zlib stream that is used here. */
interface ZlibBinding {
  _handle: {
    onerror: (message: string, errno: number, code: string) => void;
    writeSync(
      flush: number,
      input: Uint8Array,
      inputOffset: number,
      inputLength: number,
      output: Uint8Array,
      outputOffset: number,
      outputLength: number,
    ): void;
  };
  /** After a write: bytes of output left free, bytes of input left over. */
  _writeState: Uint32Array;
}

/** zlib found the data to be wrong. */
export class ZlibDataError extends Error {}

/** More came out than was asked for. */
export class ZlibSizeError extends Error {}

export interface ZlibResult {
  readonly output: Buffer;
  /** Bytes of input behind the end of the DEFLATE stream, a block with BFINAL set; the context is used up then. */
  readonly unread: number;
}

export class ZlibContext {
  private readonly stream: DeflateRaw | InflateRaw;
  private readonly binding: ZlibBinding['_handle'];
  private readonly writeState: Uint32Array;
  private syncError: string | undefined;
  private isSync: boolean;
  private isClosed: boolean;

  private constructor(stream: DeflateRaw | InflateRaw) {
    this.stream = stream;
    const { _handle: binding, _writeState: writeState } = stream as unknown as ZlibBinding;
    this.binding = binding;
    this.writeState = writeState;
    this.syncError = undefined;
    this.isSync = false;
    this.isClosed = false;
    // A stream that fails between two jobs, or while it is closed, must not end the process.
    stream.on('error', ignore);
    if (!syncWorks) return;
    const { onerror } = binding;
    binding.onerror = (message, errno, code) => {
      if (this.isSync) this.syncError = message;
      else onerror.call(binding, message, errno, code);
    };
  }

  static forDeflate(options: ZlibOptions): ZlibContext {
    return new ZlibContext(createDeflateRaw({ ...options, flush: constants.Z_SYNC_FLUSH }));
  }

  /** @param dictionary what came out before, as far as it may be referred to */
  static forInflate(options: ZlibOptions, dictionary?: Buffer): ZlibContext {
    const flush = constants.Z_SYNC_FLUSH;
    return new ZlibContext(createInflateRaw(dictionary ? { ...options, flush, dictionary } : { ...options, flush }));
  }

  /** Whether {@link runNow} can be used. */
  static get canRunNow(): boolean {
    return syncWorks;
  }

  /**
   * Pushes bytes through at once. After an error the context is of no more use.
   * @param leaveOut how many bytes at the end of what comes out are not wanted
   * @throws ZlibDataError, ZlibSizeError
   */
  runNow(input: Uint8Array, maxOutputBytes: number, leaveOut = 0): ZlibResult {
    const full: Buffer[] = [];
    let fullBytes = 0;
    let unread = input.length;
    this.isSync = true;
    try {
      for (;;) {
        const offset = input.length - unread;
        this.binding.writeSync(constants.Z_SYNC_FLUSH, input, offset, unread, scratch, 0, SCRATCH_BYTES);
        if (this.syncError !== undefined) throw new ZlibDataError(this.syncError);
        const produced = SCRATCH_BYTES - this.writeState[0]!;
        unread = this.writeState[1]!;
        if (fullBytes + produced > maxOutputBytes) throw new ZlibSizeError();
        const isAll = produced < SCRATCH_BYTES;
        if (isAll && full.length === 0) return { output: copyOfScratch(produced - leaveOut), unread };
        full.push(copyOfScratch(produced));
        fullBytes += produced;
        if (isAll) return { output: Buffer.concat(full, fullBytes - leaveOut), unread };
      }
    } finally {
      this.isSync = false;
    }
  }

  /**
   * Pushes what the sender left out at the end of a message, at once: the data before it must stop where an empty block
   * without compression has begun, or behind a final block.
   * @throws ZlibDataError for data that is cut short
   */
  endMessageNow(): void {
    this.isSync = true;
    // Z_BLOCK stops at the end of a block, which is the only way to learn that there is one.
    this.binding.writeSync(constants.Z_BLOCK, MESSAGE_END, 0, MESSAGE_END.length, scratch, 0, SCRATCH_BYTES);
    this.isSync = false;
    const produced = SCRATCH_BYTES - this.writeState[0]!;
    const read = MESSAGE_END.length - this.writeState[1]!;
    const endsWell = produced === 0 && (read === LEFT_OUT_BYTES || read === 0);
    if (this.syncError !== undefined || !endsWell) throw new ZlibDataError('the data is cut short');
  }

  /**
   * Pushes bytes through on another thread. After an error the context is of no more use.
   * @param done called once, also when the context is closed meanwhile
   */
  runLater(
    input: Uint8Array,
    maxOutputBytes: number,
    done: (result: ZlibResult | ZlibDataError | ZlibSizeError) => void,
  ): void {
    const { stream } = this;
    const pieces: Buffer[] = [];
    let size = 0;
    const bytesBefore = stream.bytesWritten;
    const collect = (piece: Buffer): void => {
      pieces.push(piece);
      size += piece.length;
      if (size > maxOutputBytes) finish(new ZlibSizeError());
    };
    const fail = (error: Error): void => finish(new ZlibDataError(error.message));
    const abandon = (): void => finish(new ZlibDataError('the context was closed'));
    const succeed = (): void => {
      const unread = input.length - (stream.bytesWritten - bytesBefore);
      finish({ output: Buffer.concat(pieces, size), unread });
    };
    let isFinished = false;
    const finish = (result: ZlibResult | ZlibDataError | ZlibSizeError): void => {
      if (isFinished) return;
      isFinished = true;
      stream.off('data', collect);
      stream.off('error', fail);
      stream.off('end', succeed);
      stream.off('close', abandon);
      done(result);
    };
    stream.on('data', collect);
    stream.on('error', fail);
    // A block with BFINAL set ends the stream, and the write's callback never comes.
    stream.on('end', succeed);
    stream.on('close', abandon);
    stream.write(input, (error) => {
      if (!error && !this.isClosed) succeed();
    });
  }

  /** Forgets the window, for the next message to begin without it. */
  reset(): void {
    this.stream.reset();
  }

  /** Frees the memory, also in the middle of a job. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stream.close();
  }
}

function ignore(): void {
  // Said in the name.
}

/** Where output goes before its size is known: shared, since nothing else runs meanwhile. */
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);

function copyOfScratch(bytes: number): Buffer {
  return Buffer.from(viewBuffer(scratch.buffer, 0, bytes));
}

let syncWorks = true;
syncWorks = tryOut();

/** Whether the private way round zlib's stream works in this Node: there and back, twice, with one window. */
function tryOut(): boolean {
  const text = Buffer.from('nestwire nestwire nestwire');
  let deflate: ZlibContext | undefined;
  let inflate: ZlibContext | undefined;
  try {
    deflate = ZlibContext.forDeflate({});
    inflate = ZlibContext.forInflate({});
    for (let i = 0; i < 2; i++) {
      const { output } = deflate.runNow(text, SCRATCH_BYTES);
      if (output.length >= text.length) return false;
      if (!inflate.runNow(output, SCRATCH_BYTES).output.equals(text)) return false;
    }
    return true;
  } catch {
    return false;
  } finally {
    deflate?.close();
    inflate?.close();
  }
}
