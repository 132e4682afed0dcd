// The body of a Close frame (RFC 6455 §5.5.1): nothing, or a code of two bytes and a reason in UTF-8.

import { Buffer, isUtf8 } from 'node:buffer';
import { CloseCode, isTransmittable } from './close-code.js';
import { MAX_CONTROL_PAYLOAD } from './frame-header.js';
import { ProtocolError } from './protocol-error.js';

const CODE_BYTES = 2;
const EMPTY = Buffer.alloc(0);

/** How many bytes of UTF-8 a close reason may take (§5.5). */
export const MAX_REASON_BYTES = MAX_CONTROL_PAYLOAD - CODE_BYTES;

export interface ClosePayload {
  /** The peer's code, or 1005 where there is none (§7.1.5). */
  readonly code: number;
  readonly reason: Buffer;
}

/** @throws ProtocolError for a body of one byte, a code that must not be sent, a reason that is not UTF-8 */
export function decodeClosePayload(payload: Buffer): ClosePayload {
  if (payload.length === 0) return { code: CloseCode.NO_STATUS, reason: EMPTY };
  if (payload.length < CODE_BYTES) throw new ProtocolError('close-payload-of-one-byte');
  const code = payload.readUInt16BE(0);
  if (!isTransmittable(code)) throw new ProtocolError('close-code-invalid');
  const reason = payload.subarray(CODE_BYTES);
  if (!isUtf8(reason)) throw new ProtocolError('close-reason-not-utf8');
  return { code, reason: Buffer.from(reason) };
}

/**
 * @param code absent for a Close frame without a body
 * @throws TypeError for a code that must not be sent, a reason without a code, or bytes that are not UTF-8
 * @throws RangeError for a reason of more than 123 bytes
 */
export function encodeClosePayload(code?: number, reason: string | Uint8Array = ''): Buffer {
  const bytes = typeof reason === 'string' ? Buffer.from(reason) : reason;
  if (code === undefined) {
    if (bytes.length > 0) throw new TypeError('a close reason needs a close code before it (RFC 6455 §5.5.1)');
    return EMPTY;
  }
  if (!isTransmittable(code)) {
    throw new TypeError(
      `close code ${String(code)} must not be sent: use 1000 to 1003, 1007 to 1014, or 3000 to 4999 (RFC 6455 §7.4)`,
    );
  }
  if (bytes.length > MAX_REASON_BYTES) {
    throw new RangeError(`a close reason takes at most ${MAX_REASON_BYTES} bytes of UTF-8, this one ${bytes.length}`);
  }
  if (!isUtf8(bytes)) throw new TypeError('a close reason is UTF-8 (RFC 6455 §5.5.1)');
  const payload = Buffer.allocUnsafe(CODE_BYTES + bytes.length);
  payload.writeUInt16BE(code, 0);
  payload.set(bytes, CODE_BYTES);
  return payload;
}
