// Reads a client's frames the plain way, independently of lib/: bytes in, frames with their masking keys out.

import { Buffer } from 'node:buffer';

export interface ClientFrame {
  /** FIN, RSV1 to 3 and opcode. */
  readonly firstByte: number;
  readonly key: Buffer;
  /** As it travelled. */
  readonly masked: Buffer;
  readonly payload: Buffer;
}

/** The first frame in `bytes` and the rest behind it, or undefined when it is not complete. */
export function readClientFrame(bytes: Buffer): { frame: ClientFrame; rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  if (bytes[1]! < 0x80) throw new Error('a frame from the client is not masked');
  const short = bytes[1]! & 0x7f;
  const keyOffset = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < keyOffset + 4) return undefined;
  const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (length < (short === 127 ? 65_536 : short === 126 ? 126 : 0)) {
    throw new Error('a length is not in its shortest form');
  }
  const end = keyOffset + 4 + length;
  if (bytes.length < end) return undefined;
  const key = bytes.subarray(keyOffset, keyOffset + 4);
  const masked = bytes.subarray(keyOffset + 4, end);
  const payload = Buffer.from(masked.map((byte, i) => byte ^ key[i % 4]!));
  return { frame: { firstByte: bytes[0]!, key, masked, payload }, rest: bytes.subarray(end) };
}

/** All frames in `bytes`. @throws when something else is left over */
export function readClientFrames(bytes: Buffer): ClientFrame[] {
  const frames: ClientFrame[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const read = readClientFrame(rest);
    if (read === undefined) throw new Error(`${rest.length} bytes that are no whole frame`);
    frames.push(read.frame);
    ({ rest } = read);
  }
  return frames;
}
