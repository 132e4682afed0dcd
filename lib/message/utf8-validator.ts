// UTF-8 (RFC 3629) judged while it arrives: pieces in, "still valid" out, and the answer turns false with the first
// byte that settles it, not at the end of the text (RFC 6455 §8.1). Characters may be split anywhere between pieces.

import { isUtf8 } from 'node:buffer';

/** Below this many bytes stepping beats the call into the native check (`bench/micro/`: utf8). */
const NATIVE_PAYS_FROM = 24;
const LONGEST_UNFINISHED = 3;

export class Utf8Validator {
  /** Continuation bytes that the character begun last still needs. */
  private needed: number;
  /** What the next continuation byte may be: narrower after E0, ED, F0 and F4. */
  private lower: number;
  private upper: number;

  constructor() {
    this.needed = 0;
    this.lower = 0x80;
    this.upper = 0xbf;
  }

  /** Whether the text may end here, not in the middle of a character. */
  get isComplete(): boolean {
    return this.needed === 0;
  }

  /** @returns false as soon as no continuation could make the text valid */
  push(piece: Uint8Array): boolean {
    let position = 0;
    while (this.needed > 0 && position < piece.length) {
      if (!this.step(piece[position++]!)) return false;
    }
    if (piece.length - position >= NATIVE_PAYS_FROM) {
      const end = lastCharacterBoundary(piece);
      if (!isUtf8(piece.subarray(position, end))) return false;
      position = end;
    }
    while (position < piece.length) if (!this.step(piece[position++]!)) return false;
    return true;
  }

  /** The rule byte by byte: the reference for {@link push}. */
  pushPlainly(piece: Uint8Array): boolean {
    for (const byte of piece) if (!this.step(byte)) return false;
    return true;
  }

  private step(byte: number): boolean {
    if (this.needed > 0) {
      const valid = byte >= this.lower && byte <= this.upper;
      this.lower = 0x80;
      this.upper = 0xbf;
      this.needed--;
      return valid;
    }
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) return false;
    if (byte < 0xe0) {
      this.needed = 1;
      return true;
    }
    if (byte < 0xf0) {
      this.needed = 2;
      if (byte === 0xe0) this.lower = 0xa0;
      if (byte === 0xed) this.upper = 0x9f;
      return true;
    }
    this.needed = 3;
    if (byte === 0xf0) this.lower = 0x90;
    if (byte === 0xf4) this.upper = 0x8f;
    return true;
  }
}

/** Where the last character that could be unfinished begins; the end of the piece when none is. */
function lastCharacterBoundary(piece: Uint8Array): number {
  for (let back = 1; back <= LONGEST_UNFINISHED; back++) {
    const byte = piece[piece.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < size ? piece.length - back : piece.length;
    }
  }
  return piece.length;
}
