// Masking keys for the client role: fresh and unpredictable for every frame (RFC 6455 §5.3, §10.3), drawn from strong
// randomness a few thousand bytes at a time.

import { Buffer } from 'node:buffer';
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;
const KEY_BYTES = 4;

const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
let used = POOL_BYTES;

export function nextMaskingKey(): number {
  if (used === POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const key = pool.readInt32LE(used);
  used += KEY_BYTES;
  return key;
}
