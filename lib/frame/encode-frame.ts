// A whole unmasked frame in memory of its own (RFC 6455 §5.2), for those who keep it: others write header and payload where they
// are needed.

import { Buffer } from 'node:buffer';
import { headerSize, writeHeader } from './frame-header.js';

/** @param firstByte FIN, RSV bits and opcode */
export function encodeFrame(firstByte: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafeSlow(headerSize(payload.length) + payload.length);
  frame.set(payload, writeHeader(frame, 0, firstByte, payload.length));
  return frame;
}
