// What `send`, `ping` and `pong` take, turned into what a connection sends; and binary messages turned into the type that
// listeners asked for. As `ws` does both.

import type { SendCallback } from '../../connection/outbox.js';
import { MAX_CONTROL_PAYLOAD } from '../../frame/frame-header.js';

export type WireData = string | number | ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

export const BINARY_TYPES = ['nodebuffer', 'arraybuffer', 'fragments'] as const;
export type BinaryType = (typeof BINARY_TYPES)[number];

const NOTHING = Buffer.alloc(0);

export function toBinaryType(payload: Buffer, type: BinaryType): Buffer | ArrayBuffer | Buffer[] {
  if (type === 'nodebuffer') return payload;
  return type === 'fragments' ? [payload] : new Uint8Array(payload).buffer;
}

/** What `ws` sends for each type of data; untyped code also gives it nothing, or a list of bytes. */
export function toPayload(data: Exclude<WireData, string>): string | Uint8Array {
  if (typeof data === 'number') return String(data);
  if (!data) return NOTHING;
  if (Array.isArray(data)) return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  throw new TypeError(
    `send takes a string, a number, an ArrayBuffer, a typed array, a DataView or a Buffer, not ${typeof data}: ` +
      'use JSON.stringify for objects',
  );
}

export function toBytes(payload: string | Uint8Array): Uint8Array {
  return typeof payload === 'string' ? Buffer.from(payload) : payload;
}

export function controlArguments(
  data: WireData | SendCallback,
  mask: boolean | SendCallback | undefined,
  callback: SendCallback | undefined,
): { payload: Uint8Array; done: SendCallback | undefined } {
  if (typeof data === 'function') return controlArguments('', undefined, data);
  if (typeof mask === 'function') return controlArguments(data, undefined, mask);
  const payload = toBytes(typeof data === 'string' ? data : toPayload(data));
  if (payload.length > MAX_CONTROL_PAYLOAD) {
    throw new RangeError(`a ping or pong carries at most ${MAX_CONTROL_PAYLOAD} bytes, this one ${payload.length}`);
  }
  return { payload, done: callback };
}
