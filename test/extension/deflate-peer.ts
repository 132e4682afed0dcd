// The other end of permessage-deflate (RFC 7692 §7.2), built from Node's one-shot functions: the window that a side keeps
// is given to each message as a dictionary. It knows nothing of lib/, so that a mistake there cannot hide in here.

import { Buffer } from 'node:buffer';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
const NOTHING = Buffer.alloc(0);

export interface PeerOptions {
  /** Whether each message begins with an empty window. @default false */
  readonly noContextTakeover?: boolean;
  /** @default 15 */
  readonly windowBits?: number;
}

/** Compresses messages as a peer would. */
export class DeflatePeer {
  private window: Buffer;

  constructor(private readonly options: PeerOptions = {}) {
    this.window = NOTHING;
  }

  compress(payload: string | Uint8Array): Buffer {
    const flushed = this.deflate(payload, constants.Z_SYNC_FLUSH);
    if (!flushed.subarray(-4).equals(TAIL)) throw new Error('a sync flush ends with its tail');
    return flushed.subarray(0, -4);
  }

  /** §7.2.3.4: in a block with BFINAL set, and the beginning of an empty one behind it. */
  compressFinal(payload: string | Uint8Array): Buffer {
    return Buffer.concat([this.deflate(payload, constants.Z_FINISH), Buffer.from([0])]);
  }

  private deflate(payload: string | Uint8Array, finishFlush: number): Buffer {
    const { window } = this;
    const bytes = Buffer.from(payload);
    if (!this.options.noContextTakeover) this.window = Buffer.concat([window, bytes]).subarray(-32_768);
    return deflateRawSync(bytes, { finishFlush, windowBits: this.options.windowBits ?? 15, ...dictionary(window) });
  }
}

/** Inflates messages as a peer would that keeps no more of a window than was agreed on. */
export class InflatePeer {
  private window: Buffer;

  constructor(private readonly options: PeerOptions = {}) {
    this.window = NOTHING;
  }

  decompress(payload: Uint8Array): Buffer {
    const { window } = this;
    const { windowBits = 15, noContextTakeover = false } = this.options;
    const bytes = inflateRawSync(Buffer.concat([payload, TAIL]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      windowBits,
      // zlib may refer to all that came out in one call, whatever the window: so little comes out in each.
      chunkSize: windowBits < 15 ? 64 : 16_384,
      ...dictionary(window),
    });
    if (!noContextTakeover) this.window = Buffer.concat([window, bytes]).subarray(-(2 ** windowBits));
    return bytes;
  }
}

function dictionary(window: Buffer): { dictionary?: Buffer } {
  return window.length === 0 ? {} : { dictionary: window };
}
