// One read buffer for all sockets. Node's documented `onread` option has a socket read into memory that it is given, but only
// a socket that is being made, and a server's are made by Node. This sets on an accepted socket what the option would have
// set: two fields whose keys are private, found by making a socket with the option, and its handle's `useUserBuffer`, as the
// constructor does. The socket stays what it was, and Node's own code reads it, pauses it and sees its end. This is the
// only file that knows; where any of it is missing, sockets are read as `data` tells.

import { Buffer } from 'node:buffer';
import { Socket, type SocketConstructorOpts } from 'node:net';
import type { Duplex } from 'node:stream';
import { simdMemory } from '../frame/mask-simd.js';

const NOTHING = Buffer.alloc(0);
/** What is short almost always lies there: to ask would cost each some time, and seldom spare a copy (`bench/micro/`: kept). */
const COPY_UNASKED_UP_TO = 1024;
const READ_BYTES = 64 * 1024;

/** Whoever is given the bytes, with the socket as `this`: the first `length` of the buffer, until it returns. */
export type SharedReceiver<T extends Duplex> = (this: T, length: number, buffer: Buffer) => void;

interface Handle {
  /** Negative where there is no descriptor below: bytes from another stream may come while ours are being read. */
  readonly fd?: number;
  readonly reading?: boolean;
  useUserBuffer?(buffer: Buffer): void;
}

type PrivateSocket = Record<symbol, unknown> & { readonly _handle?: Handle | null };

/** All that is read through this file comes to lie here, where it can be unmasked by SIMD. */
const memory = simdMemory ?? Buffer.allocUnsafeSlow(READ_BYTES);
const memoryBuffer = memory.buffer;
const isWanted = process.env['NESTWIRE_TRANSPORT'] !== 'duplex';
const keys = isWanted ? findKeys() : undefined;

/**
 * Has a socket read into the shared memory from now on, where that is possible.
 * @returns what it had read before, which does not come otherwise any more
 */
export function readIntoSharedMemory<T extends Duplex>(stream: T, receive: SharedReceiver<T>): Buffer {
  if (keys === undefined || !(stream instanceof Socket)) return NOTHING;
  const socket = stream as unknown as PrivateSocket;
  const { _handle: handle } = socket;
  if (!handle || typeof handle.useUserBuffer !== 'function' || !(handle.fd! >= 0)) return NOTHING;
  const early = stream.readableLength > 0 ? (stream.read() as Buffer) : NOTHING;
  socket[keys.buffer] = memory;
  socket[keys.callback] = receive;
  handle.useUserBuffer(memory);
  return early;
}

/** Whether a stream reads into the shared memory at this moment, and needs nothing more to go on with it. */
export function isReadIntoSharedMemory(stream: Duplex): boolean {
  if (keys === undefined) return false;
  const socket = stream as unknown as PrivateSocket;
  return socket[keys.buffer] === memory && socket._handle?.reading === true;
}

/** The payload itself where it may be kept, or a copy of what lies in the shared memory. */
export function kept(payload: Buffer): Buffer {
  if (keys === undefined) return payload;
  if (payload.length > COPY_UNASKED_UP_TO && payload.buffer !== memoryBuffer) return payload;
  const copy = Buffer.allocUnsafe(payload.length);
  copy.set(payload);
  return copy;
}

function findKeys(): { buffer: symbol; callback: symbol } | undefined {
  const callback = (): boolean => true;
  const options = { onread: { buffer: memory, callback } } as SocketConstructorOpts;
  const socket = new Socket(options) as unknown as PrivateSocket;
  const find = (value: unknown): symbol | undefined =>
    Object.getOwnPropertySymbols(socket).find((symbol) => socket[symbol] === value);
  const found = { buffer: find(memory), callback: find(callback) };
  return found.buffer && found.callback && { buffer: found.buffer, callback: found.callback };
}
