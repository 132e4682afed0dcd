// Binds a connection to the events of its stream. The listeners are shared by all connections: the stream knows its owner,
// so none needs a closure.

import type { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { isReadIntoSharedMemory, readIntoSharedMemory } from './shared-reading.js';

/** Who is told of a stream's events. */
export interface StreamOwner {
  /** Takes the first `length` bytes of a chunk, which are good until the call returns. */
  receive(chunk: Buffer, length: number): void;
  streamDrained(): void;
  /** The peer will send nothing more. */
  streamEnded(): void;
  streamFailed(error: Error): void;
  streamClosed(): void;
}

const OWNER = Symbol('nestwire.owner');
type OwnedDuplex = Duplex & { [OWNER]: StreamOwner };

/** The peer may be gone at any moment, also before reading begins. */
export function listenForEnd(stream: Duplex, owner: StreamOwner): void {
  (stream as OwnedDuplex)[OWNER] = owner;
  stream.on('error', streamFailed);
  stream.on('close', streamClosed);
}

/**
 * To be called after {@link listenForEnd}, and before {@link listenForData}.
 * @returns what the stream holds already and will not give otherwise
 */
export function shareReading(stream: Duplex): Buffer {
  return readIntoSharedMemory(stream as OwnedDuplex, streamRead);
}

/** What the stream holds still comes in a later turn. */
export function listenForData(stream: Duplex): void {
  // Where nothing will come by `data`, having the stream flow would cost a turn for nothing.
  if (!isReadIntoSharedMemory(stream)) stream.on('data', streamReceived);
}

export function listenForFlow(stream: Duplex): void {
  stream.on('drain', streamDrained);
  stream.on('end', streamEnded);
}

function streamRead(this: OwnedDuplex, length: number, buffer: Buffer): void {
  this[OWNER].receive(buffer, length);
}

function streamReceived(this: OwnedDuplex, chunk: Buffer): void {
  this[OWNER].receive(chunk, chunk.length);
}

function streamDrained(this: OwnedDuplex): void {
  this[OWNER].streamDrained();
}

function streamEnded(this: OwnedDuplex): void {
  this[OWNER].streamEnded();
}

function streamFailed(this: OwnedDuplex, error: Error): void {
  this[OWNER].streamFailed(error);
}

/**
 * A socket that has closed lives on for a while: V8 counts what has a part outside its heap among the roots when it collects
 * young objects. What hangs on it would grow old with it, and cost a full collection.
 */
function streamClosed(this: OwnedDuplex): void {
  const owner = this[OWNER];
  this[OWNER] = NOBODY;
  owner.streamClosed();
}

const ignore = (): void => undefined;
const NOBODY: StreamOwner = {
  receive: ignore,
  streamDrained: ignore,
  streamEnded: ignore,
  streamFailed: ignore,
  streamClosed: ignore,
};
