// Frames in, as few writes as possible out. Everything produced in one turn of the event loop leaves in one write:
// header and small payload go side by side into shared memory, large payloads go out by reference. While the socket
// does not take more, what waits is held here in proportion to its bytes, and the number of pongs in it is bounded.

import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  FIN,
  headerSize,
  MASKING_KEY_BYTES,
  OPCODE_BITS,
  RSV1,
  writeHeader,
  writeMaskedHeader,
} from '../frame/frame-header.js';
import { applyMask } from '../frame/mask.js';
import { Opcode } from '../frame/opcode.js';
import { ProtocolError } from '../frame/protocol-error.js';
import { Backlog } from './backlog.js';
import { frameChannel, publishFrame } from './diagnostics.js';
import { keepFreedMemory } from './freed-memory.js';
import { nextMaskingKey } from './masking-keys.js';
import { OutputSegment } from './output-slab.js';
import { forgetSender, joined, sharedFrame } from './shared-frames.js';

/** Payloads up to this size are copied beside their header; larger ones go out by reference. */
export const COPY_UP_TO = 16 * 1024;
/** Pieces of one turn up to this size together are joined into one buffer, which beats `writev`. */
const JOIN_UP_TO = 64 * 1024;
/** Texts that cannot be longer than this are measured by writing them (`bench/micro/`: text). */
const MEASURE_BY_WRITING_UP_TO = 64 * 1024;
/** No character of a string takes more bytes of UTF-8 than this. */
const MAX_UTF8_BYTES_PER_UNIT = 3;
/** How many pings beyond the pongs that may wait make a flood, as a multiple of those. */
const FLOOD_FACTOR = 64;

const NO_LARGE = -1;

/** What a class made of Node's socket would have to put something of its own in place of. */
const WRITE_METHODS = ['_write', '_writev'] as const;

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
  /** Whether these frames are a client's, which are masked (§5.1). */
  private readonly isMasking: boolean;
  /** Whether a stream that holds nothing has handed all of it to the operating system: others may keep what they took. */
  private readonly isSocket: boolean;
  private readonly highWaterMark: number;
  private readonly owner: OutboxOwner;
  private readonly maxBufferedBytes: number;
  private readonly maxPendingPongs: number;
  // What was produced in this turn.
  private readonly segment: OutputSegment;
  private pieces: Buffer[];
  private queuedBytes: number;
  private flushIsDue: boolean;
  private callbacks: SendCallback[] | undefined;
  // What waits because the socket does not take more.
  private isBlocked: boolean;
  /** Whether the stream held nothing any more after what was written last. */
  private isTaken: boolean;
  private isWatched: boolean;
  private isEnding: boolean;
  private backlog: Backlog | undefined;
  private pendingPongs: number;
  private newestPong: Buffer | undefined;
  /** Bytes queued behind a message that was larger than the limit and may be waiting still. */
  private bytesBehindLarge: number;
  private skippedPongs: number;

  constructor(socket: Duplex, limits: OutboxLimits, owner: OutboxOwner, role: 'client' | 'server' = 'server') {
    this.heldBackBytes = 0;
    this.socket = socket;
    this.isMasking = role === 'client';
    this.isSocket = isPlainSocket(socket);
    this.highWaterMark = socket.writableHighWaterMark;
    this.owner = owner;
    this.maxBufferedBytes = limits.maxBufferedBytes || Number.MAX_SAFE_INTEGER;
    this.maxPendingPongs = limits.maxPendingPongs || Number.MAX_SAFE_INTEGER;
    this.segment = new OutputSegment();
    this.pieces = [];
    this.queuedBytes = 0;
    this.flushIsDue = false;
    this.callbacks = undefined;
    this.isBlocked = false;
    this.isTaken = true;
    this.isWatched = false;
    this.isEnding = false;
    this.backlog = undefined;
    this.pendingPongs = 0;
    this.newestPong = undefined;
    this.bytesBehindLarge = NO_LARGE;
    this.skippedPongs = 0;
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
    if (this.bufferedBytes >= this.highWaterMark) this.flush();
    return this.bufferedBytes < this.highWaterMark;
  }

  /** Asks for one `outboxDrained` after the next write that the socket takes, though it may never have refused one. */
  watchDrain(): void {
    this.isWatched = true;
  }

  /** Queues a text message. @returns whether it was queued */
  sendText(text: string, callback?: SendCallback): boolean {
    const frame = this.isMasking ? undefined : sharedFrame(text, this);
    if (frame !== undefined) return this.sendShared(frame, text, callback);
    const atMost = text.length * MAX_UTF8_BYTES_PER_UNIT;
    if (!this.isMasking && atMost <= MEASURE_BY_WRITING_UP_TO && this.hasAmpleRoomFor(atMost)) {
      this.writeText(text, atMost, callback);
      return true;
    }
    const size = Buffer.byteLength(text);
    if (size > COPY_UP_TO) {
      keepFreedMemory(size);
      return this.sendFrame(FIN | Opcode.TEXT, Buffer.from(text), callback);
    }
    if (!this.hasRoomFor(size)) return false;
    if (frameChannel.hasSubscribers) this.show(FIN | Opcode.TEXT, Buffer.from(text));
    const header = this.headerSize(size);
    this.reserve(header + size);
    const { target, writeOffset } = this.segment;
    const key = this.writeHeader(FIN | Opcode.TEXT, size);
    target.write(text, writeOffset + header, 'utf8');
    if (this.isMasking) applyMask(target, writeOffset + header, writeOffset + header + size, key);
    this.commit(header + size, callback);
    return true;
  }

  private sendShared(frame: Buffer, text: string, callback: SendCallback | undefined): boolean {
    if (!this.hasRoomFor(frame.length)) return false;
    if (frameChannel.hasSubscribers) this.show(FIN | Opcode.TEXT, Buffer.from(text));
    if (this.segment.length > 0) this.pieces.push(this.segment.take());
    this.pieces.push(frame);
    this.queued(frame.length, callback);
    return true;
  }

  /** Writes a text once, behind the header that it would have in ASCII, which it almost always is. */
  private writeText(text: string, atMost: number, callback: SendCallback | undefined): void {
    if (frameChannel.hasSubscribers) this.show(FIN | Opcode.TEXT, Buffer.from(text));
    this.reserve(headerSize(atMost) + atMost);
    const { target, writeOffset } = this.segment;
    const expected = writeOffset + headerSize(text.length);
    const size = target.write(text, expected, 'utf8');
    const header = headerSize(size);
    if (writeOffset + header !== expected) target.copyWithin(writeOffset + header, expected, expected + size);
    writeHeader(target, writeOffset, FIN | Opcode.TEXT, size);
    this.count(size);
    this.commit(header + size, callback);
  }

  /**
   * Queues one frame. A payload above 16 KiB is sent by reference and must not be changed until it has left.
   * @returns whether it was queued
   */
  sendFrame(firstByte: number, payload: Uint8Array, callback?: SendCallback): boolean {
    if (!this.hasRoomFor(payload.length)) return false;
    this.queueFrame(firstByte, payload, callback);
    return true;
  }

  /** Queues a control frame, which no limit of bytes holds back: it is small, and §5.5 wants it answered. */
  sendControl(opcode: number, payload: Uint8Array, callback?: SendCallback): void {
    this.queueFrame(FIN | opcode, payload, callback);
  }

  /** Answers a ping; beyond the pongs that may wait only the newest ping is answered (§5.5.3). */
  sendPong(payload: Uint8Array): void {
    if (!this.isBlocked) {
      this.sendControl(Opcode.PONG, payload);
    } else if (this.pendingPongs < this.maxPendingPongs) {
      this.pendingPongs++;
      this.sendControl(Opcode.PONG, payload);
    } else {
      this.newestPong = Buffer.from(payload);
      if (++this.skippedPongs > this.maxPendingPongs * FLOOD_FACTOR) {
        this.owner.outboxFlooded(new ProtocolError('ping-flood'));
      }
    }
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
    this.newestPong = undefined;
    this.flush();
  }

  /** The socket emitted `drain`. */
  drained(): void {
    this.isBlocked = false;
    this.isWatched = true;
    this.pendingPongs = 0;
    this.skippedPongs = 0;
    if (this.newestPong !== undefined) {
      this.sendControl(Opcode.PONG, this.newestPong);
      this.newestPong = undefined;
    }
    this.flush();
  }

  /** The socket is gone: whoever waits for a frame to leave is told. */
  discard(): void {
    const { callbacks } = this;
    forgetSender(this);
    this.segment.take();
    this.pieces = [];
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

  private queueFrame(firstByte: number, payload: Uint8Array, callback: SendCallback | undefined): void {
    if (frameChannel.hasSubscribers) this.show(firstByte, payload);
    const size = payload.length;
    const header = this.headerSize(size);
    const isCopied = size <= COPY_UP_TO;
    this.reserve(isCopied ? header + size : header);
    const { target, writeOffset } = this.segment;
    const key = this.writeHeader(firstByte, size);
    if (isCopied) {
      const start = writeOffset + header;
      target.set(payload, start);
      if (this.isMasking) applyMask(target, start, start + size, key);
      this.commit(header + size, callback);
      return;
    }
    // A view of it for each connection would add up in a broadcast to many that read slowly.
    let body = Buffer.isBuffer(payload) ? payload : Buffer.from(payload.buffer, payload.byteOffset, size);
    if (this.isMasking) {
      body = Buffer.from(body);
      applyMask(body, 0, size, key);
    }
    this.commit(header, callback);
    this.pieces.push(this.segment.take(), body);
    this.queuedBytes += size;
  }

  /** A subscriber may send in turn: to be called before anything of this frame is written. */
  private show(firstByte: number, payload: Uint8Array): void {
    publishFrame({
      socket: this.socket,
      direction: 'out',
      fin: (firstByte & FIN) !== 0,
      rsv1: (firstByte & RSV1) !== 0,
      opcode: firstByte & OPCODE_BITS,
      masked: this.isMasking,
      payloadLength: payload.length,
      payload: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
    });
  }

  private headerSize(size: number): number {
    return this.isMasking ? headerSize(size) + MASKING_KEY_BYTES : headerSize(size);
  }

  /** Writes a header where the segment ends. @returns the key that masks the payload */
  private writeHeader(firstByte: number, size: number): number {
    const { target, writeOffset } = this.segment;
    if (!this.isMasking) {
      writeHeader(target, writeOffset, firstByte, size);
      return 0;
    }
    const key = nextMaskingKey();
    writeMaskedHeader(target, writeOffset, firstByte, size, key);
    return key;
  }

  private reserve(size: number): void {
    if (this.segment.canGrow(size)) return;
    if (this.segment.length > 0) this.pieces.push(this.segment.take());
    this.segment.open(size);
  }

  private commit(size: number, callback: SendCallback | undefined): void {
    this.segment.advance(size);
    this.queued(size, callback);
  }

  private queued(size: number, callback: SendCallback | undefined): void {
    this.queuedBytes += size;
    if (callback !== undefined) (this.callbacks ??= []).push(callback);
    if (!this.flushIsDue) {
      this.flushIsDue = true;
      // After the microtasks of this turn, so that answers that resolve together leave together.
      process.nextTick(flushWhenDue, this);
    }
  }

  /** @internal called through {@link flushWhenDue} */
  flushIfDue(): void {
    if (!this.flushIsDue) return;
    this.release();
  }

  private flush(): void {
    if (this.segment.length > 0) this.pieces.push(this.segment.take());
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
    if (this.pieces.length === 0) return;
    this.backlog ??= new Backlog();
    for (const piece of this.pieces) this.backlog.append(piece);
    this.pieces = [];
  }

  private write(): void {
    const { socket, callbacks } = this;
    const pieces = this.backlog === undefined ? this.pieces : this.backlog.take().concat(this.pieces);
    const total = this.queuedBytes;
    this.backlog = undefined;
    this.callbacks = undefined;
    this.pieces = [];
    this.queuedBytes = 0;
    const done = callbacks === undefined ? undefined : (error?: Error | null) => settle(callbacks, error);
    if (pieces.length === 1 || total <= JOIN_UP_TO) {
      const bytes = pieces.length === 1 ? pieces[0]! : joined(pieces, total);
      this.isBlocked = !socket.write(bytes, done);
    } else {
      socket.cork();
      for (let i = 0; i < pieces.length - 1; i++) socket.write(pieces[i]!);
      this.isBlocked = !socket.write(pieces.at(-1)!, done);
      socket.uncork();
    }
    this.isTaken = socket.writableLength === 0;
    if (this.isTaken && this.isSocket) this.segment.giveBack();
  }
}

/** Whether what a stream does not hold any more has left it: a class made of Node's may hold it elsewhere. */
function isPlainSocket(stream: Duplex): boolean {
  if (!(stream instanceof Socket)) return false;
  return WRITE_METHODS.every((name) => Reflect.get(stream, name) === Reflect.get(Socket.prototype, name));
}

function flushWhenDue(outbox: Outbox): void {
  outbox.flushIfDue();
}

function settle(callbacks: readonly SendCallback[], error?: Error | null): void {
  for (const callback of callbacks) callback(error ?? undefined);
}
