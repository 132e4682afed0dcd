// One message while it is put together: pieces of payload in, the whole out, its size and its UTF-8 judged with every piece
// (RFC 6455 §5.6, §8.1). Whether a piece came as it is or was inflated makes no difference here.

import { type Buffer, isUtf8 } from 'node:buffer';
import { Opcode } from '../frame/opcode.js';
import { ProtocolError } from '../frame/protocol-error.js';
import { GatheredPayload } from './gathered-payload.js';
import { Utf8Validator } from './utf8-validator.js';

export class MessageAssembly {
  /** Whether all that was added is ASCII. */
  isAscii: boolean;

  private isText: boolean;
  // Made when first needed: most messages come in one piece.
  private parts: GatheredPayload | undefined;
  private utf8: Utf8Validator | undefined;

  constructor() {
    this.isAscii = true;
    this.isText = false;
    this.parts = undefined;
    this.utf8 = undefined;
  }

  /** How many bytes the message has so far. */
  get length(): number {
    return this.parts === undefined ? 0 : this.parts.length;
  }

  begin(opcode: number): void {
    this.isAscii = true;
    this.isText = opcode === Opcode.TEXT;
  }

  /**
   * Adds a piece behind which more will come.
   * @param announcedBytes how long the message will be at least, as far as that is known
   * @throws ProtocolError at the first byte that cannot be UTF-8
   */
  add(piece: Buffer, pieceIsAscii: boolean, announcedBytes = 0): void {
    this.isAscii &&= pieceIsAscii;
    if (this.isText && !this.isAscii) {
      this.utf8 ??= new Utf8Validator();
      if (!this.utf8.push(piece)) throw new ProtocolError('text-not-utf8');
    }
    if (piece.length > 0) (this.parts ??= new GatheredPayload()).append(piece, announcedBytes);
  }

  /** Adds the last piece. @returns the whole payload: the piece itself where it is the only one */
  finish(piece: Buffer, pieceIsAscii: boolean): Buffer {
    if (this.length === 0) {
      this.isAscii &&= pieceIsAscii;
      if (this.isText && !this.isAscii && !isUtf8(piece)) throw new ProtocolError('text-not-utf8');
      return piece;
    }
    this.add(piece, pieceIsAscii);
    if (this.isText && !this.isAscii && !this.utf8!.isComplete) throw new ProtocolError('text-not-utf8');
    return this.parts!.take();
  }
}
