// The frames of a quarter of a second: the newest are kept as they are and described only when the batch is taken, so that a
// thousand pieces of an upload cost little more than thirty.

import { constants, inflateRawSync } from 'node:zlib';
import type { FrameDiagnostics } from 'nestwire';

/** What the page has room for. */
const MOST_FRAMES = 30;
/** How much of an inflated payload is shown; the channel shows as much of the payload itself. */
const VISIBLE_BYTES = 64;
const CONTINUATION = 0;

export interface WireFrame {
  readonly direction: 'in' | 'out';
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly masked: boolean;
  /** Of the payload, as it travelled. */
  readonly length: number;
  /** The first bytes of the payload, unmasked, in hexadecimal. */
  readonly bytes: string;
  /** Where the payload is compressed: what its first bytes stand for, in hexadecimal, as far as they tell. */
  readonly inflated?: string;
}

export interface WireFrames {
  /** Oldest first. */
  readonly frames: readonly WireFrame[];
  /** How many came before them in the same batch and were left out. */
  readonly leftOut: number;
  /** How many frames carried this very stream since the batch before; they are not among the frames. */
  readonly own: number;
}

/** Control frames may stand between the frames of a message (RFC 6455 §5.5). */
export function isControl(opcode: number): boolean {
  return (opcode & 0x8) !== 0;
}

export class FrameBatch {
  private kept: (FrameDiagnostics & { readonly at: number })[] = [];
  private leftOut = 0;
  private own = 0;

  /** Frames that carry the stream itself are no news: a stream that told of them would never rest. */
  get hasNews(): boolean {
    return this.kept.length > 0;
  }

  add(frame: FrameDiagnostics): void {
    this.kept.push({ ...frame, at: Date.now() });
    if (this.kept.length <= MOST_FRAMES) return;
    this.kept.shift();
    this.leftOut++;
  }

  countOwn(): void {
    this.own++;
  }

  take(): WireFrames {
    const batch = { frames: this.kept.map(describeFrame), leftOut: this.leftOut, own: this.own };
    this.kept = [];
    this.leftOut = 0;
    this.own = 0;
    return batch;
  }
}

function describeFrame(frame: FrameDiagnostics & { readonly at: number }): WireFrame {
  const { direction, at, opcode, fin, rsv1, masked, payloadLength, payload } = frame;
  const inflated = rsv1 && opcode !== CONTINUATION ? inflateBeginning(payload) : undefined;
  return {
    direction,
    at,
    opcode,
    fin,
    rsv1,
    masked,
    length: payloadLength,
    bytes: payload.toString('hex'),
    ...(inflated && { inflated: inflated.toString('hex') }),
  };
}

/** Without context takeover each message stands by itself, so its beginning can be inflated by itself. */
function inflateBeginning(compressed: Buffer): Buffer | undefined {
  try {
    const inflated = inflateRawSync(compressed, { finishFlush: constants.Z_SYNC_FLUSH });
    return inflated.length > 0 ? inflated.subarray(0, VISIBLE_BYTES) : undefined;
  } catch {
    return undefined;
  }
}
