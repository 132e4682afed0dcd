// The server's opening handshake (RFC 6455 §4.2.2 step 5): the bytes of the 101. Only what the client offered is named
// in it, so that no header can be smuggled in.

import { Buffer } from 'node:buffer';
import { acceptKey } from './handshake-key.js';
import { isToken } from './header-grammar.js';
import type { HandshakeRequest } from './handshake-request.js';

/** What the server chose from the client's offers. */
export interface HandshakeChoice {
  /** One of the subprotocols offered. */
  readonly subprotocol?: string | undefined;
}

/** @throws TypeError for a subprotocol that the client did not offer */
export function encodeHandshakeResponse(request: HandshakeRequest, { subprotocol }: HandshakeChoice): Buffer {
  let chosen = '';
  if (subprotocol !== undefined) {
    if (!request.subprotocols.includes(subprotocol) || !isToken(subprotocol)) {
      throw new TypeError(`subprotocol ${JSON.stringify(subprotocol)} is not one that the client offered`);
    }
    chosen = `Sec-WebSocket-Protocol: ${subprotocol}\r\n`;
  }
  return Buffer.from(
    'HTTP/1.1 101 Switching Protocols\r\n' +
      'Upgrade: websocket\r\n' +
      'Connection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${acceptKey(request.key)}\r\n` +
      `${chosen}\r\n`,
  );
}
