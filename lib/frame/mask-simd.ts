// Masking by SIMD, 16 bytes at a time, in WebAssembly: the same as `applyMask` of mask.ts, for bytes that lie in memory that
// WebAssembly reaches. The module is assembled here, instruction by instruction; it has one function and one memory, and
// `simdMemory` is what of that memory is free for data: undefined where there is no SIMD to be had.

import { Buffer } from 'node:buffer';
import { viewBuffer } from './buffer-view.js';

/** Of 64 KiB each: how much one read may bring (`bench/`: echo of 1 MiB). The memory never grows, so it is never moved. */
const PAGES = 4;
const PAGE_BYTES = 64 * 1024;
const STEP = 16;
/** In front of the data stand 16 bytes of ones and 16 of zeros. */
const DATA_START = 64;
/** The last step reads beyond the end of what it masks. */
const DATA_END = PAGES * PAGE_BYTES - DATA_START;

type Mask = (at: number, end: number, key: number) => number;

/** What is used here of WebAssembly, which the declarations of Node leave out. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: { memory: { buffer: ArrayBuffer }; mask: Mask } };
};

const I32 = 0x7f;
const V128 = 0x7b;
const WITHOUT_RESULT = 0x40;
const ANY_ALIGNMENT = [0, 0];

const i32 = { const: 0x41, isGreater: [0x4a], add: [0x6a], sub: [0x6b] };
const v128 = {
  load: [0xfd, 0x00, ...ANY_ALIGNMENT],
  store: [0xfd, 0x0b, ...ANY_ALIGNMENT],
  /** Four times the same 32 bits. */
  splat: [0xfd, 0x11],
  and: [0xfd, 0x4e],
  or: [0xfd, 0x50],
  xor: [0xfd, 0x51],
  /** The top bit of each of the 16 bytes. */
  topBits: [0xfd, 0x64],
};
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const tee = (local: number): number[] => [0x22, local];
const BLOCK = [0x02, WITHOUT_RESULT];
const LOOP = [0x03, WITHOUT_RESULT];
const END = [0x0b];
const REPEAT_LOOP = [0x0c, 0];
const LEAVE_BLOCK_IF = [0x0d, 1];

// The parameters, then the locals.
const [at, end, key, last, keys, seen, bytes, lanes] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const PARAMETERS = [3, I32, I32, I32];
const LOCALS = [2, 1, I32, 4, V128];

const INSTRUCTIONS = [
  [get(key), v128.splat, set(keys)],
  [get(end), [i32.const, STEP], i32.sub, set(last)],
  [BLOCK, LOOP],
  [get(at), get(last), i32.isGreater, LEAVE_BLOCK_IF],
  [get(at), get(at), v128.load, get(keys), v128.xor, tee(bytes), v128.store],
  [get(seen), get(bytes), v128.or, set(seen)],
  [get(at), [i32.const, STEP], i32.add, set(at), REPEAT_LOOP],
  [END, END],
  // Fewer than 16 bytes are left: as many ones, read from that far in front of the zeros, say which bytes are to change.
  [get(at), get(last), i32.sub, v128.load, set(lanes)],
  [get(at), get(at), v128.load, get(keys), get(lanes), v128.and, v128.xor, tee(bytes), v128.store],
  [get(seen), get(bytes), get(lanes), v128.and, v128.or, v128.topBits],
  [END],
].flat(2);

/** A length and what is that long; the length in LEB128, which is one byte below 128. */
function sized(body: readonly number[]): number[] {
  return [body.length, ...body];
}

function name(text: string): number[] {
  return sized([...Buffer.from(text)]);
}

function section(id: number, ...body: number[]): number[] {
  return [id, ...sized(body)];
}

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

function assemble(): Uint8Array {
  return Uint8Array.from([
    ...MAGIC_AND_VERSION,
    ...section(1, 1, 0x60, ...PARAMETERS, 1, I32), // (type (func (param i32 i32 i32) (result i32)))
    ...section(3, 1, 0),
    ...section(5, 1, 0x01, PAGES, PAGES), // (memory 4 4)
    ...section(7, 2, ...name('memory'), 0x02, 0, ...name('mask'), 0x00, 0),
    ...section(10, 1, ...sized([...LOCALS, ...INSTRUCTIONS])),
    ...section(11, 1, 0x00, i32.const, 0, ...END, ...sized(Array<number>(STEP).fill(0xff))), // (data (i32.const 0) …)
  ]);
}

function instantiate(): { memory: Buffer; mask: Mask } | undefined {
  try {
    const { memory, mask } = new WebAssembly.Instance(new WebAssembly.Module(assemble())).exports;
    return { memory: Buffer.from(memory.buffer, DATA_START, DATA_END - DATA_START), mask };
  } catch {
    // The machine has no SIMD, or the process may not make code.
    return undefined;
  }
}

const instance = instantiate();

/** Memory for bytes that are to be masked or unmasked; {@link maskBySimd} can be called where it is there. */
export const simdMemory: Buffer | undefined = instance?.memory;
const memory = simdMemory?.buffer;

/** The same as `simdMemory.subarray(start, end)`. */
export function viewSimdMemory(start: number, end: number): Buffer {
  return viewBuffer(memory!, DATA_START + start, end - start);
}

/** XORs `simdMemory[start, end)` with the key in place and tells whether the result is all ASCII. */
export function maskBySimd(start: number, end: number, key: number): boolean {
  return instance!.mask(start + DATA_START, end + DATA_START, key) === 0;
}
