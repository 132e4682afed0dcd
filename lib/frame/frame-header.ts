// The layout of a frame header (RFC 6455 §5.2), written: how long it is, and its bytes.
//
//   FIN RSV1-3 opcode(4) | MASK length(7) | 0, 2 or 8 more bytes of length | 0 or 4 bytes of masking key

export const FIN = 0x80;
export const RSV1 = 0x40;
export const RESERVED_BITS = 0x70;
export const OPCODE_BITS = 0x0f;
export const MASKED = 0x80;
export const LENGTH_BITS = 0x7f;

/** The 7-bit lengths that announce a longer form. */
export const LENGTH_16 = 126;
export const LENGTH_64 = 127;

export const MAX_CONTROL_PAYLOAD = 125;
export const MAX_16_BIT_LENGTH = 0xffff;
export const MAX_HEADER_BYTES = 14;
export const MASKING_KEY_BYTES = 4;

const TWO_TO_32 = 0x1_0000_0000;

/** The size in bytes of an unmasked header for a payload of this many bytes, in the shortest form (§5.2). */
export function headerSize(payloadLength: number): number {
  return payloadLength <= MAX_CONTROL_PAYLOAD ? 2 : payloadLength <= MAX_16_BIT_LENGTH ? 4 : 10;
}

/** Where the payload of a whole unmasked frame begins. */
export function payloadStart(frame: Uint8Array): number {
  const length = frame[1]! & LENGTH_BITS;
  return length === LENGTH_64 ? 10 : length === LENGTH_16 ? 4 : 2;
}

/**
 * Writes an unmasked header of {@link headerSize} bytes.
 * @param firstByte FIN, RSV bits and opcode
 * @returns where the payload begins
 */
export function writeHeader(target: Uint8Array, offset: number, firstByte: number, payloadLength: number): number {
  target[offset] = firstByte;
  if (payloadLength <= MAX_CONTROL_PAYLOAD) {
    target[offset + 1] = payloadLength;
    return offset + 2;
  }
  if (payloadLength <= MAX_16_BIT_LENGTH) {
    target[offset + 1] = LENGTH_16;
    target[offset + 2] = payloadLength >>> 8;
    target[offset + 3] = payloadLength & 0xff;
    return offset + 4;
  }
  target[offset + 1] = LENGTH_64;
  writeUint32(target, offset + 2, Math.floor(payloadLength / TWO_TO_32));
  writeUint32(target, offset + 6, payloadLength % TWO_TO_32);
  return offset + 10;
}

/** Writes a masked header, as a client must (§5.1), four bytes longer than {@link headerSize}. */
export function writeMaskedHeader(
  target: Uint8Array,
  offset: number,
  firstByte: number,
  payloadLength: number,
  maskingKey: number,
): number {
  const keyOffset = writeHeader(target, offset, firstByte, payloadLength);
  target[offset + 1]! |= MASKED;
  target[keyOffset] = maskingKey & 0xff;
  target[keyOffset + 1] = (maskingKey >>> 8) & 0xff;
  target[keyOffset + 2] = (maskingKey >>> 16) & 0xff;
  target[keyOffset + 3] = maskingKey >>> 24;
  return keyOffset + MASKING_KEY_BYTES;
}

function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = (value >>> 16) & 0xff;
  target[offset + 2] = (value >>> 8) & 0xff;
  target[offset + 3] = value & 0xff;
}
