// The transport of a connection with every fault at hand: what is written is kept write by write, the peer's side is
// played by the test, and writing can be blocked or made to fail. A `writev` counts as the one write that it is.

import { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';

type Done = (error?: Error | null) => void;

export class ScriptedDuplex extends Duplex {
  /** Each write to the "operating system", in order. */
  readonly writes: Buffer[];
  private isBlocked: boolean;
  private held: Done | undefined;

  constructor(writableHighWaterMark = 16 * 1024) {
    super({ allowHalfOpen: true, writableHighWaterMark, decodeStrings: false });
    this.writes = [];
    this.isBlocked = false;
    this.held = undefined;
  }

  /** Everything written so far. */
  get written(): Buffer {
    return Buffer.concat(this.writes);
  }

  /** What was written since the last call. */
  takeWritten(): Buffer {
    return Buffer.concat(this.writes.splice(0));
  }

  /** From now on a write is taken note of and does not finish: the peer has stopped reading. */
  block(): void {
    this.isBlocked = true;
  }

  /** The peer reads again. */
  unblock(): void {
    this.isBlocked = false;
    const { held } = this;
    this.held = undefined;
    held?.();
  }

  /** The peer has read what it was sent so far, and stops again. */
  letOnePass(): void {
    const { held } = this;
    this.held = undefined;
    held?.();
  }

  /** The peer sends these bytes. */
  receive(bytes: Uint8Array): void {
    this.push(Buffer.from(bytes));
  }

  /** The peer ends its side. */
  receiveEnd(): void {
    this.push(null);
  }

  override _read(): void {
    // The test pushes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.keep(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this.keep(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _destroy(error: Error | null, done: Done): void {
    const { held } = this;
    this.held = undefined;
    held?.(error ?? new Error('destroyed'));
    done(error);
  }

  private keep(bytes: Buffer, done: Done): void {
    this.writes.push(Buffer.from(bytes));
    if (this.isBlocked) this.held = done;
    else done();
  }
}

/** Lets everything that is due in this turn of the event loop happen, and what follows from it. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
