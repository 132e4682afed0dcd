// Binds a connection to the events of its stream. The listeners are shared by all connections: the stream knows its owner,
// so none needs a closure.

import type { Duplex } from 'node:stream';

/** Who is told of a stream's events. */
export interface StreamOwner {
  receive(chunk: Buffer): void;
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
  Object.assign(stream, { [OWNER]: owner });
  stream.on('error', streamFailed);
  stream.on('close', streamClosed);
}

/** To be called after {@link listenForEnd}; what the stream holds already comes in a later turn. */
export function listenForData(stream: Duplex): void {
  stream.on('data', streamReceived);
}

export function listenForFlow(stream: Duplex): void {
  stream.on('drain', streamDrained);
  stream.on('end', streamEnded);
}

function streamReceived(this: OwnedDuplex, chunk: Buffer): void {
  this[OWNER].receive(chunk);
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

function streamClosed(this: OwnedDuplex): void {
  this[OWNER].streamClosed();
}
