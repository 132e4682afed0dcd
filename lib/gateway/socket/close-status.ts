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
 * `new WsException({ code: 4001, message: 'No seat left' })` closes with 4001 and that reason; any other error with 1011.
 * A reason that is longer than a Close frame takes is left out (RFC 6455 §5.5).
 */
export function closeStatusOf(error: unknown): CloseStatus {
  const named = (error as { getError?: unknown } | undefined)?.getError;
  const content = typeof named === 'function' ? (Reflect.apply(named, error, []) as unknown) : undefined;
  if (typeof content !== 'object' || content === null) return INTERNAL_ERROR_STATUS;
  const { code, message } = content as { code?: unknown; message?: unknown };
  if (typeof code !== 'number' || !isTransmittable(code)) return INTERNAL_ERROR_STATUS;
  const fits = typeof message === 'string' && Buffer.byteLength(message) <= MAX_REASON_BYTES;
  return { code, reason: fits ? message : '' };
}
