// How a connection ends whose `handleConnection` failed: with what a WsException names, or without a word of the error.

import { Buffer } from 'node:buffer';
import { CloseCode, isTransmittable } from '../../frame/close-code.js';
import { MAX_REASON_BYTES } from '../../frame/close-payload.js';

export interface CloseStatus {
  readonly code: number;
  readonly reason: string;
}

export const INTERNAL_ERROR_STATUS: CloseStatus = { code: CloseCode.INTERNAL_ERROR, reason: '' };

/**
 * `new WsException({ code: 4001, message: 'No seat left' })` closes with 4001 and that reason, and so does a
 * `WsException('No seat left')` that has a field `code`; any other error with 1011.
 * A reason that is longer than a Close frame takes is left out (RFC 6455 §5.5).
 */
export function closeStatusOf(error: unknown): CloseStatus {
  const exception = error as { getError?: unknown; code?: unknown } | null | undefined;
  if (typeof exception?.getError !== 'function') return INTERNAL_ERROR_STATUS;
  const content = Reflect.apply(exception.getError, exception, []) as unknown;
  const isNamed = typeof content === 'object' && content !== null;
  const { code, message } = isNamed
    ? (content as { code?: unknown; message?: unknown })
    : { code: exception.code, message: content };
  if (typeof code !== 'number' || !isTransmittable(code)) return INTERNAL_ERROR_STATUS;
  const fits = typeof message === 'string' && Buffer.byteLength(message) <= MAX_REASON_BYTES;
  return { code, reason: fits ? message : '' };
}
