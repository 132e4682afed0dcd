// Memory for what is about to be sent: one block shared by all connections, filled from front to back and replaced when
// full, so that a small frame costs no allocation. When every range of it has been given back, it is filled from the front
// again, still in the processor's cache; a range that is not given back is never written again, and the garbage collector
// frees a block when the last socket has sent its part of it.

import { Buffer } from 'node:buffer';
import { viewBuffer } from '../frame/buffer-view.js';

export const SLAB_BYTES = 256 * 1024;

interface Block {
  readonly bytes: Buffer;
  /** Asked for once: a Buffer takes its time to tell. */
  readonly memory: ArrayBufferLike;
}

const NO_BLOCK = blockOf(Buffer.alloc(0));

let slab = blockOf(Buffer.allocUnsafeSlow(SLAB_BYTES));
/** Which block it is: a number, so that whoever remembers it keeps no block alive. */
let slabNumber = 0;
let used = 0;
/** Ranges of it that somebody fills or sends. */
let rangesInUse = 0;

/** The range of the shared block that one connection fills in one turn. */
export class OutputSegment {
  private block: Block;
  private start: number;
  private end: number;
  /** How many ranges it has had of one block and not given back. */
  private ranges: number;
  private rangesOf: number;

  constructor() {
    this.block = NO_BLOCK;
    this.start = 0;
    this.end = 0;
    this.ranges = 0;
    this.rangesOf = 0;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Whether `size` more bytes can follow what this segment holds: it is the last one filled, and the block has room. */
  canGrow(size: number): boolean {
    return this.length > 0 && this.block === slab && this.end === used && used + size <= SLAB_BYTES;
  }

  /** Begins anew behind whatever was filled last. `size` must not exceed {@link SLAB_BYTES}. */
  open(size: number): void {
    if (used + size > SLAB_BYTES) {
      slab = blockOf(Buffer.allocUnsafeSlow(SLAB_BYTES));
      slabNumber++;
      used = 0;
      rangesInUse = 0;
    }
    if (this.rangesOf !== slabNumber) {
      this.rangesOf = slabNumber;
      this.ranges = 0;
    }
    this.ranges++;
    rangesInUse++;
    this.block = slab;
    this.start = used;
    this.end = used;
  }

  /** The block, to write into from {@link writeOffset} on; `advance` afterwards. */
  get target(): Buffer {
    return this.block.bytes;
  }

  get writeOffset(): number {
    return this.end;
  }

  advance(size: number): void {
    this.end += size;
    used = this.end;
  }

  /** The bytes filled, as a view; the segment is empty afterwards. */
  take(): Buffer {
    const bytes = viewBuffer(this.block.memory, this.start, this.length);
    // An idle connection must not keep a block alive.
    this.block = NO_BLOCK;
    this.start = 0;
    this.end = 0;
    return bytes;
  }

  /** Says that nobody will read any more what was taken from here. The segment must be empty. */
  giveBack(): void {
    const { ranges } = this;
    this.ranges = 0;
    if (ranges === 0 || this.rangesOf !== slabNumber) return;
    rangesInUse -= ranges;
    if (rangesInUse === 0) used = 0;
  }
}

function blockOf(bytes: Buffer): Block {
  return { bytes, memory: bytes.buffer };
}
