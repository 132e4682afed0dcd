// What goes out of a connection, as few writes as possible: everything produced in one turn of the event loop leaves in
// one write. While the socket does not take more, what waits is held here in proportion to its bytes and up to a limit, and
// the number of pongs in it is bounded. How frames are laid out is the frame writer's business.

import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { FIN } from '../frame/frame-header.js';
import { Opcode } from '../frame/opcode.js';
import { ProtocolError } from '../frame/protocol-error.js';
import { Backlog } from './backlog.js';
import { COPY_UP_TO, FrameWriter, JOIN_UP_TO } from './frame-writer.js';
import { keepFreedMemory } from './freed-memory.js';
import { PendingPongs } from './pending-pongs.js';
import { forgetSender, sharedFrame } from './shared-frames.js';
import { flushAtTurnEnd } from './turn-end.js';

/** Texts that cannot be longer than this are measured by writing them (`bench/micro/`: text). */
const MEASURE_BY_WRITING_UP_TO = 64 * 1024;
/** No character of a string takes more bytes of UTF-8 than this. */
const MAX_UTF8_BYTES_PER_UNIT = 3;

const NO_LARGE = -1;

export type SendCallback = (error?: Error | null) => void;

/** What an outbox tells its connection. */
export interface OutboxOwner {
  /** The socket has taken everything that waited. */
  outboxDrained(): void;
  /** More is waiting than the limit allows: this frame was not queued. */
  outboxOverflowed(): void;
  outboxFlooded(error: ProtocolError): void;
}

export interface OutboxLimits {
  /** How many bytes may wait to be sent; 0 for no limit. */
  readonly maxBufferedBytes: number;
  /** How many pongs may wait while the socket is blocked; 0 for no limit. */
  readonly maxPendingPongs: number;
}

export class Outbox {
  /** Bytes of messages that will come here once they are compressed: they wait to be sent like all others. */
  heldBackBytes: number;

  private readonly socket: Duplex;
  /** Whether a stream that holds nothing has handed all of it to the operating system: others may keep what they took. */
  private readonly isSocket: boolean;
  /** Whether the stream tells only after the turn what has become of what it was given: TLS encrypts first. */
  private readonly tellsLate: boolean;
  private readonly highWaterMark: number;
  private readonly owner: OutboxOwner;
  private readonly maxBufferedBytes: number;
  private readonly maxPendingPongs: number;
  /** Has what was produced in this turn. */
  private readonly writer: FrameWriter;
  /** Of this turn, and of what waits. */
  private queuedBytes: number;
  private flushIsDue: boolean;
  private callbacks: SendCallback[] | undefined;
  // What waits because the socket does not take more.
  private isBlocked: boolean;
  /** Whether the stream held nothing any more after what was written last. */
  private isTaken: boolean;
  /** Whether the stream was given something in this turn and tells no sooner than the next what has become of it. */
  private isUntried: boolean;
  private isWatched: boolean;
  private isEnding: boolean;
  private backlog: Backlog | undefined;
  /** Made when first needed: most sockets are never blocked. */
  private pongs: PendingPongs | undefined;
  /** Bytes queued behind a message that was larger than the limit and may be waiting still. */
  private bytesBehindLarge: number;

  constructor(socket: Duplex, limits: OutboxLimits, owner: OutboxOwner, role: 'client' | 'server' = 'server') {
    this.heldBackBytes = 0;
    this.socket = socket;
    this.isSocket = isPlainSocket(socket);
    this.tellsLate = !this.isSocket || (socket as { encrypted?: boolean }).encrypted === true;
    this.highWaterMark = socket.writableHighWaterMark;
    this.owner = owner;
    this.maxBufferedBytes = limits.maxBufferedBytes || Number.MAX_SAFE_INTEGER;
    this.maxPendingPongs = limits.maxPendingPongs;
    this.writer = new FrameWriter(socket, role);
    this.queuedBytes = 0;
    this.flushIsDue = false;
    this.callbacks = undefined;
    this.isBlocked = false;
    this.isTaken = true;
    this.isUntried = false;
    this.isWatched = false;
    this.isEnding = false;
    this.backlog = undefined;
    this.pongs = undefined;
    this.bytesBehindLarge = NO_LARGE;
  }

  /** Bytes that the operating system has not taken yet. */
  get bufferedBytes(): number {
    return this.queuedBytes + this.heldBackBytes + this.socket.writableLength;
  }

  /** Whether a producer that can wait should wait. */
  get isBehind(): boolean {
    if (this.isBlocked) return true;
    if (this.isTaken && this.queuedBytes + this.heldBackBytes < this.highWaterMark) return false;
    return this.bufferedBytes >= this.highWaterMark;
  }

  /**
   * Offers to the socket what this turn has produced, where it is much: for producers whose values come at once, and who are
   * not to take their own burst for the peer's slowness.
   * @returns whether more may come
   */
  takesMore(): boolean {
    if (this.bufferedBytes < this.highWaterMark) return true;
    this.flush();
    // Half of what may wait is for one turn, the other half for those who do not ask.
    return this.bufferedBytes < (this.isUntried ? this.maxBufferedBytes / 2 : this.highWaterMark);
  }

  /** Asks for one `outboxDrained` after the next write that the socket takes, though it may never have refused one. */
  watchDrain(): void {
    this.isWatched = true;
  }

  /** Queues a text message. @returns whether it was queued */
  sendText(text: string, callback?: SendCallback): boolean {
    const { writer } = this;
    const frame = writer.isMasking ? undefined : sharedFrame(text, this);
    if (frame !== undefined) return this.sendEncoded(frame, callback);
    const atMost = text.length * MAX_UTF8_BYTES_PER_UNIT;
    if (!writer.isMasking && atMost <= MEASURE_BY_WRITING_UP_TO && this.hasAmpleRoomFor(atMost)) {
      const written = writer.writeUncountedText(text, atMost);
      this.count(written);
      return this.queued(written, callback);
    }
    const size = Buffer.byteLength(text);
    if (size > COPY_UP_TO) {
      keepFreedMemory(size);
      return this.sendFrame(FIN | Opcode.TEXT, Buffer.from(text), callback);
    }
    return this.hasRoomFor(size) && this.queued(writer.writeText(text, size), callback);
  }

  /**
   * Queues an unmasked frame that is encoded already, and that others may be sent too: nobody may write to it.
   * @returns whether it was queued
   */
  sendEncoded(frame: Buffer, callback?: SendCallback): boolean {
    if (!this.hasRoomFor(frame.length)) return false;
    this.writer.addEncoded(frame);
    return this.queued(frame.length, callback);
  }

  /**
   * Queues one frame. A payload above 16 KiB is sent by reference and must not be changed until it has left.
   * @returns whether it was queued
   */
  sendFrame(firstByte: number, payload: Uint8Array, callback?: SendCallback): boolean {
    return this.hasRoomFor(payload.length) && this.queued(this.writer.writeFrame(firstByte, payload), callback);
  }

  /** Queues a control frame, which no limit of bytes holds back: it is small, and §5.5 wants it answered. */
  sendControl(opcode: number, payload: Uint8Array, callback?: SendCallback): void {
    this.queued(this.writer.writeFrame(FIN | opcode, payload), callback);
  }

  /** Answers a ping; beyond the pongs that may wait only the newest ping is answered (§5.5.3). */
  sendPong(payload: Uint8Array): void {
    if (this.isBlocked) {
      const pongs = (this.pongs ??= new PendingPongs(this.maxPendingPongs));
      if (!pongs.admit(payload)) {
        if (pongs.isFlooded) this.owner.outboxFlooded(new ProtocolError('ping-flood'));
        return;
      }
    }
    this.sendControl(Opcode.PONG, payload);
  }

  /** Everything queued until `release` leaves in one write then, without a turn of the event loop in between. */
  hold(): void {
    this.flushIsDue = true;
  }

  release(): void {
    this.flushIsDue = false;
    this.flush();
  }

  /** Ends the socket's writable side behind everything that is queued. */
  end(): void {
    this.isEnding = true;
    // §5.5.2: who has seen the peer's Close owes no pong any more.
    this.pongs?.forgetNewest();
    this.flush();
  }

  /** The socket emitted `drain`. */
  drained(): void {
    this.isBlocked = false;
    this.isWatched = true;
    const newestPing = this.pongs?.settle();
    if (newestPing !== undefined) this.sendControl(Opcode.PONG, newestPing);
    this.flush();
  }

  /** The socket is gone: whoever waits for a frame to leave is told. */
  discard(): void {
    const { callbacks } = this;
    forgetSender(this);
    this.writer.take();
    this.backlog = undefined;
    this.queuedBytes = 0;
    this.callbacks = undefined;
    if (callbacks !== undefined) settle(callbacks, new Error('the connection ended before the frame was sent'));
  }

  /** Whether there is room for `size` bytes even if the stream held as much as it can without having asked to wait. */
  private hasAmpleRoomFor(size: number): boolean {
    return (
      !this.isBlocked && this.queuedBytes + this.heldBackBytes + this.highWaterMark + size <= this.maxBufferedBytes
    );
  }

  /** Whether `size` more bytes may wait; when not, the owner is told of the overflow. */
  hasRoomFor(size: number): boolean {
    if (this.hasAmpleRoomFor(size)) return this.count(size);
    if (this.bufferedBytes + size <= this.maxBufferedBytes) return this.count(size);
    // What was produced in this turn has not been offered to the socket yet.
    this.flush();
    const waiting = this.bufferedBytes;
    if (waiting === 0) {
      // A message larger than the limit may pass when nothing else waits, and is not held against those behind it.
      this.bytesBehindLarge = size > this.maxBufferedBytes ? 0 : NO_LARGE;
      return true;
    }
    const counted = this.bytesBehindLarge === NO_LARGE ? waiting : Math.min(waiting, this.bytesBehindLarge);
    if (counted + size <= this.maxBufferedBytes) return this.count(size);
    this.owner.outboxOverflowed();
    return false;
  }

  private count(size: number): true {
    if (this.bytesBehindLarge !== NO_LARGE) this.bytesBehindLarge += size;
    return true;
  }

  private queued(bytes: number, callback: SendCallback | undefined): true {
    this.queuedBytes += bytes;
    if (callback !== undefined) (this.callbacks ??= []).push(callback);
    if (!this.flushIsDue) {
      this.flushIsDue = true;
      flushAtTurnEnd(this);
    }
    return true;
  }

  /** A TLS stream holds what it is given to the end of the turn, though the peer takes all of it. */
  private leaveUntried(): void {
    if (!this.isUntried) setImmediate(judgeUntried, this);
    this.isUntried = true;
  }

  /** @internal called through {@link judgeUntried} */
  judge(): void {
    this.isUntried = false;
  }

  /** @internal The turn ends. */
  flushIfDue(): void {
    if (!this.flushIsDue) return;
    this.release();
  }

  private flush(): void {
    // A stream that asks to wait may have passed on everything it had meanwhile.
    if (this.isBlocked && this.socket.writableLength > 0) {
      this.moveToBacklog();
      return;
    }
    if (this.queuedBytes > 0) this.write();
    if (this.isBlocked) return;
    if (this.isEnding && !this.socket.writableEnded) this.socket.end();
    if (this.isWatched) {
      this.isWatched = false;
      this.owner.outboxDrained();
    }
  }

  private moveToBacklog(): void {
    const pieces = this.writer.take();
    if (pieces.length === 0) return;
    this.backlog ??= new Backlog();
    for (const piece of pieces) this.backlog.append(piece);
  }

  private write(): void {
    const { socket, callbacks } = this;
    const produced = this.writer.take();
    const pieces = this.backlog === undefined ? produced : this.backlog.take().concat(produced);
    const total = this.queuedBytes;
    this.backlog = undefined;
    this.callbacks = undefined;
    this.queuedBytes = 0;
    const done = callbacks === undefined ? undefined : (error?: Error | null) => settle(callbacks, error);
    if (pieces.length === 1 || total <= JOIN_UP_TO) {
      const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, total);
      this.isBlocked = !socket.write(bytes, done);
    } else {
      socket.cork();
      for (let i = 0; i < pieces.length - 1; i++) socket.write(pieces[i]!);
      this.isBlocked = !socket.write(pieces.at(-1)!, done);
      socket.uncork();
    }
    if (this.tellsLate) this.leaveUntried();
    this.isTaken = socket.writableLength === 0;
    if (this.isTaken && this.isSocket) this.writer.giveBack();
  }
}

/** Whether what a stream does not hold any more has left it: a class made of Node's that writes in its own way may hold it elsewhere. */
function isPlainSocket(stream: Duplex): boolean {
  if (!(stream instanceof Socket)) return false;
  const { prototype } = Socket;
  return stream._write === prototype._write && stream._writev === prototype._writev;
}

function judgeUntried(outbox: Outbox): void {
  outbox.judge();
}

function settle(callbacks: readonly SendCallback[], error?: Error | null): void {
  for (const callback of callbacks) callback(error ?? undefined);
}
