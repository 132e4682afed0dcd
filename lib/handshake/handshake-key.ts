// What the handshake proves (RFC 6455 §4.2.2, §1.3): the answer to a client's key can only come from somebody who speaks
// WebSocket, never from a server that was tricked into repeating a header.

import { hash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** Whether a `Sec-WebSocket-Key` is 16 bytes in base64. */
export function isHandshakeKey(key: string): boolean {
  return KEY.test(key);
}

/** The `Sec-WebSocket-Accept` that answers a key. */
export function acceptKey(key: string): string {
  return hash('sha1', key + GUID, 'base64');
}
