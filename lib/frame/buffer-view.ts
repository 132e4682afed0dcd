// A Buffer over a part of known memory, as `subarray` makes it. On Node 20 that costs 80 ns, most of it for asking a Buffer
// whose memory it is; where the caller knows, 30 are enough (`bench/micro/`: view).

import { Buffer } from 'node:buffer';

type BufferConstructor = new (memory: ArrayBufferLike, byteOffset: number, length: number) => Buffer;

/** The class of every Buffer, by which Node has methods of typed arrays make Buffers. */
const species = (Buffer as unknown as { readonly [Symbol.species]?: unknown })[Symbol.species];

/** Views bytes `byteOffset` to `byteOffset + length` of the memory. */
export const viewBuffer = isBufferConstructor(species) ? viewAtOnce(species) : viewByFrom;

/** The documented way, and the reference for {@link viewBuffer}. */
export function viewByFrom(memory: ArrayBufferLike, byteOffset: number, length: number): Buffer {
  return Buffer.from(memory as ArrayBuffer, byteOffset, length);
}

function viewAtOnce(View: BufferConstructor): typeof viewByFrom {
  return (memory, byteOffset, length) => new View(memory, byteOffset, length);
}

function isBufferConstructor(value: unknown): value is BufferConstructor {
  if (typeof value !== 'function') return false;
  const memory = new ArrayBuffer(4);
  const view: unknown = Reflect.construct(value, [memory, 1, 2]);
  return Buffer.isBuffer(view) && view.buffer === memory && view.byteOffset === 1 && view.length === 2;
}
