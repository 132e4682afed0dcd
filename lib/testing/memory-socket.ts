// Two ends of a connection inside one process: what is written to one is read from the other, in order, at the reader's pace,
// never in the same turn of the event loop. The ends behave like TCP sockets as far as HTTP servers and gateways can tell.

import { Buffer } from 'node:buffer';
import { Duplex } from 'node:stream';
// By name, so that a spec which fakes time does not stop the line.
import { setImmediate } from 'node:timers';

type Done = (error?: Error | null) => void;

export class MemorySocket extends Duplex {
  readonly remoteAddress = '127.0.0.1';
  readonly remoteFamily = 'IPv4';
  private peer: MemorySocket | undefined;
  private hasReceivedEnd: boolean;
  /** What the peer calls when it writes more than is read here: pending until somebody reads. */
  private blockedWriter: Done | undefined;

  private constructor() {
    super();
    this.peer = undefined;
    this.hasReceivedEnd = false;
    this.blockedWriter = undefined;
  }

  static pair(): readonly [MemorySocket, MemorySocket] {
    const one = new MemorySocket();
    const other = new MemorySocket();
    one.peer = other;
    other.peer = one;
    return [one, other];
  }

  // What is asked of a TCP socket and has no meaning here.

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  override _read(): void {
    const writer = this.blockedWriter;
    this.blockedWriter = undefined;
    writer?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.transmit(chunk, done);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: Done): void {
    this.transmit(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: Done): void {
    setImmediate(() => {
      this.peer?.receiveEnd();
      done();
    });
  }

  override _destroy(error: Error | null, done: Done): void {
    const writer = this.blockedWriter;
    this.blockedWriter = undefined;
    writer?.(brokenPipe());
    // After what was written before, as with a FIN.
    setImmediate(() => this.peer?.receiveEnd());
    done(error);
  }

  private transmit(bytes: Buffer, done: Done): void {
    // A kernel copies too: neither side sees what the other does to its memory afterwards.
    const copy = Buffer.from(bytes);
    setImmediate(() => {
      if (this.peer === undefined || this.peer.destroyed) done(brokenPipe());
      else this.peer.receive(copy, done);
    });
  }

  private receive(bytes: Buffer, done: Done): void {
    if (this.push(bytes)) done();
    else this.blockedWriter = done;
  }

  private receiveEnd(): void {
    if (this.destroyed || this.hasReceivedEnd) return;
    this.hasReceivedEnd = true;
    this.push(null);
  }
}

function brokenPipe(): Error {
  return Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
}
