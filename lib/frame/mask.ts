// Masking (RFC 6455 §5.3): octet i of the payload is XORed with octet i mod 4 of the key; the same operation masks and
// unmasks. In goes a range of bytes, which is changed in place; out comes whether all of it, once XORed, is ASCII,
// which spares the caller a UTF-8 check. The key is a 32-bit integer whose lowest byte is the first octet.

import { maskBySimd, simdMemory } from './mask-simd.js';

/** Below this many bytes the plain loop beats the setting up of word views (`bench/micro/`: mask). */
const WORDS_PAY_FROM = 40;

/** The words below are read in this order, and almost every machine has it. */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The key as it applies from `phase` octets on: what is first octet after the rotation masks the next byte. */
export function rotateKey(key: number, phase: number): number {
  const bits = (phase & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

/** XORs `bytes[start, end)` with the key in place and tells whether the result is all ASCII. */
export function applyMask(bytes: Uint8Array, start: number, end: number, key: number): boolean {
  if (bytes === simdMemory) return maskBySimd(start, end, key);
  if (!IS_LITTLE_ENDIAN || end - start < WORDS_PAY_FROM) return applyMaskPlainly(bytes, start, end, key);
  const misaligned = (bytes.byteOffset + start) & 3;
  const wordsStart = misaligned === 0 ? start : start + 4 - misaligned;
  const wordCount = (end - wordsStart) >> 2;
  const wordsEnd = wordsStart + (wordCount << 2);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + wordsStart, wordCount);
  const wordKey = rotateKey(key, wordsStart - start);
  let seen = 0;
  for (let i = 0; i < wordCount; i++) {
    const word = words[i]! ^ wordKey;
    words[i] = word;
    seen |= word;
  }
  const headIsAscii = applyMaskPlainly(bytes, start, wordsStart, key);
  // The words end on a multiple of four after wordsStart, so the tail begins with the same rotation.
  const tailIsAscii = applyMaskPlainly(bytes, wordsEnd, end, wordKey);
  return (seen & 0x80808080) === 0 && headIsAscii && tailIsAscii;
}

/** The rule byte by byte: the reference for {@link applyMask}, and the quicker one for short payloads. */
export function applyMaskPlainly(bytes: Uint8Array, start: number, end: number, key: number): boolean {
  let seen = 0;
  for (let i = start, bits = 0; i < end; i++, bits = (bits + 8) & 31) {
    const byte = bytes[i]! ^ ((key >>> bits) & 0xff);
    bytes[i] = byte;
    seen |= byte;
  }
  return seen < 0x80;
}

/** Whether `bytes[start, end)` is all ASCII: what {@link applyMask} tells, for payloads that come unmasked. */
export function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  // Masked with zeros nothing changes.
  if (bytes === simdMemory) return maskBySimd(start, end, 0);
  let seen = 0;
  for (let i = start; i < end; i++) seen |= bytes[i]!;
  return seen < 0x80;
}
