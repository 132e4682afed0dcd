// Reads a server's frames the plain way, independently of lib/: bytes in, frames out.

import { Buffer } from 'node:buffer';

export interface ServerFrame {
  /** FIN, RSV1 to 3 and opcode. */
  readonly firstByte: number;
  readonly payload: Buffer;
}

/** The first frame in `bytes` and the rest behind it, or undefined when it is not complete. */
export function readServerFrame(bytes: Buffer): { frame: ServerFrame; rest: Buffer } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]!;
  if (short > 127) throw new Error('a frame from the server is masked');
  const headerLength = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < headerLength) return undefined;
  const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (length < (short === 127 ? 65_536 : short === 126 ? 126 : 0))
    throw new Error('a length is not in its shortest form');
  const end = headerLength + length;
  if (bytes.length < end) return undefined;
  return { frame: { firstByte: bytes[0]!, payload: bytes.subarray(headerLength, end) }, rest: bytes.subarray(end) };
}

/** All frames in `bytes`. @throws when something else is left over */
export function readServerFrames(bytes: Buffer): ServerFrame[] {
  const frames: ServerFrame[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const read = readServerFrame(rest);
    if (read === undefined)
      throw new Error(`${rest.length} bytes that are no whole frame: ${rest.toString('hex').slice(0, 40)}`);
    frames.push(read.frame);
    ({ rest } = read);
  }
  return frames;
}
