// The other side's half of permessage-deflate, made of Node's public zlib streams and the letter of RFC 7692 §7.2: messages
// in, compressed payloads out, and back. It is strict: a distance beyond the window agreed on is an error.

import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';

const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

export interface PeerDeflateOptions {
  /** Of the window that we keep when we compress. */
  readonly ownWindowBits: number;
  /** Whether we begin each message without a window. */
  readonly ownNoContextTakeover: boolean;
  readonly theirWindowBits: number;
  readonly theirNoContextTakeover: boolean;
}

export class PeerDeflate {
  private deflater: DeflateRaw | undefined;
  private inflater: InflateRaw | undefined;

  constructor(private readonly options: PeerDeflateOptions) {}

  /** §7.2.1 */
  async compress(payload: Uint8Array): Promise<Buffer> {
    const { ownWindowBits: windowBits, ownNoContextTakeover } = this.options;
    this.deflater ??= createDeflateRaw({ windowBits });
    const compressed = await flushed(this.deflater, payload);
    if (ownNoContextTakeover) this.deflater = undefined;
    if (!compressed.subarray(-TAIL.length).equals(TAIL)) throw new Error('zlib did not end with an empty block');
    return compressed.subarray(0, -TAIL.length);
  }

  /** §7.2.2 @throws what zlib finds wrong */
  async decompress(payload: Uint8Array): Promise<Buffer> {
    const { theirWindowBits: windowBits, theirNoContextTakeover } = this.options;
    // zlib looks at the window only for what is not in the same piece of output.
    this.inflater ??= createInflateRaw({ windowBits, chunkSize: 1 << (windowBits - 2) });
    const plain = await flushed(this.inflater, Buffer.concat([payload, TAIL]));
    if (theirNoContextTakeover) this.inflater = undefined;
    return plain;
  }
}

async function flushed(stream: DeflateRaw | InflateRaw, bytes: Uint8Array): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const collect = (piece: Buffer): void => void pieces.push(piece);
  stream.on('data', collect);
  const failed = once(stream, 'error').then(([error]) => Promise.reject(error as Error));
  const done = new Promise<void>((resolve) => {
    stream.write(bytes, () => stream.flush(constants.Z_SYNC_FLUSH, resolve));
  });
  await Promise.race([done, failed]);
  failed.catch(() => undefined);
  stream.off('data', collect);
  stream.removeAllListeners('error');
  return Buffer.concat(pieces);
}
