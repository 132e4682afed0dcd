// The ids by which a client ties answers to its requests (docs/protocol.md, "Ids").

import { Buffer } from 'node:buffer';

/** A string of at most 64 bytes of UTF-8, or an integer that JavaScript represents exactly. */
export type RequestId = string | number;

export const MAX_ID_BYTES = 64;

export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' ? Buffer.byteLength(value) <= MAX_ID_BYTES : Number.isSafeInteger(value);
}
