// The server's opening handshake (RFC 6455 §4.2.2 step 5): the bytes of the 101. Only what the client offered is named
// in it, and nothing breaks out of its line.

import { Buffer } from 'node:buffer';
import { acceptKey } from './handshake-key.js';
import { isFieldValue, isToken } from './header-grammar.js';
import type { HandshakeRequest } from './handshake-request.js';

/** What the server chose from the client's offers. */
export interface HandshakeChoice {
  /** One of the subprotocols offered. */
  readonly subprotocol?: string | undefined;
  /** The extensions agreed on, as the answer names them (§9.1). */
  readonly extensions?: string | undefined;
}

/**
 * @param amend may add header lines such as `Set-Cookie: …`
 * @throws TypeError for a subprotocol that the client did not offer, and for a line that is none
 */
export function encodeHandshakeResponse(
  request: HandshakeRequest,
  { subprotocol, extensions }: HandshakeChoice,
  amend?: (lines: string[]) => void,
): Buffer {
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(request.key)}`,
  ];
  if (subprotocol !== undefined) {
    if (!request.subprotocols.includes(subprotocol) || !isToken(subprotocol)) {
      throw new TypeError(`subprotocol ${JSON.stringify(subprotocol)} is not one that the client offered`);
    }
    lines.push(`Sec-WebSocket-Protocol: ${subprotocol}`);
  }
  if (extensions !== undefined) lines.push(`Sec-WebSocket-Extensions: ${extensions}`);
  if (amend !== undefined) {
    amend(lines);
    const broken = lines.find((line) => !isFieldValue(line));
    if (broken !== undefined) throw new TypeError(`header line ${JSON.stringify(broken)} contains a line break`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}
