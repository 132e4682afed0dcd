// Frames and byte strings for the specs, built the plain way and independently of lib/, so that a mistake there cannot
// hide in here. Also the ways to cut a byte string into pieces: whole, byte by byte, in two at each place.

import { Buffer } from 'node:buffer';

export type Role = 'client' | 'server';

/** Both senders of frames: a client's are masked, a server's are not (RFC 6455 §5.1). */
export const ROLES: readonly Role[] = ['client', 'server'];

/** The masking key of the RFC's own examples (§5.7). */
export const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** `'81 05 48'` -> three bytes. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(' ', ''), 'hex');
}

/** A frame as §5.2 draws it, its length in the shortest form. @param firstByte FIN, RSV1 to 3 and opcode */
export function frame(from: Role, firstByte: number, payload: string | Uint8Array = ''): Buffer {
  return frameWithLength(from, firstByte, shortestLength(Buffer.from(payload).length), payload);
}

/** A frame whose length bytes are given as they stand, 7-bit length first, whatever the payload is. */
export function frameWithLength(
  from: Role,
  firstByte: number,
  length: readonly number[],
  payload: string | Uint8Array = '',
): Buffer {
  const [sevenBits, ...more] = length;
  const data = Buffer.from(payload);
  if (from === 'server') return Buffer.concat([Buffer.from([firstByte, sevenBits!, ...more]), data]);
  const masked = data.map((byte, i) => byte ^ MASK[i % 4]!);
  return Buffer.concat([Buffer.from([firstByte, 0x80 | sevenBits!, ...more]), MASK, masked]);
}

function shortestLength(length: number): number[] {
  if (length < 126) return [length];
  if (length < 65_536) return [126, length >> 8, length & 0xff];
  return [127, 0, 0, 0, 0, (length >>> 24) & 0xff, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff];
}

/** The body of a Close frame (§5.5.1). */
export function closePayload(code: number, reason: string | Uint8Array = ''): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
}

/** The bytes cut at these places; each piece is a copy, for decoders change what they are fed. */
export function cut(bytes: Uint8Array, ...places: readonly number[]): Buffer[] {
  const ends = [...places.filter((place) => place <= bytes.length).sort((a, b) => a - b), bytes.length];
  return ends.map((end, i) => Buffer.from(bytes.subarray(i === 0 ? 0 : ends[i - 1], end)));
}

export function byteByByte(bytes: Uint8Array): Buffer[] {
  return [...bytes].map((byte) => Buffer.from([byte]));
}

/** No wire case may depend on how TCP cuts it: whole, byte by byte, and in two at each place (of long ones, near both ends). */
export function* everyCut(bytes: Uint8Array): Generator<Buffer[]> {
  yield [Buffer.from(bytes)];
  yield byteByByte(bytes);
  for (let place = 1; place < bytes.length; place++) {
    if (place < 200 || place > bytes.length - 20) yield cut(bytes, place);
  }
}
