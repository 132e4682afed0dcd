// Handshakes for the specs: the one of RFC 6455 §1.2 as Node hands it over, with fields changed, doubled or left out.

import {
  type HandshakeRequest,
  type HttpRequest,
  isRefusal,
  readHandshakeRequest,
} from '../../lib/handshake/handshake-request.js';
import type { Refusal } from '../../lib/handshake/refusal.js';

export type Fields = Record<string, string | readonly string[] | undefined>;

const FIELDS: Fields = {
  Host: 'server.example.com',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
};

/** @param changes a list stands for a field that comes several times, `undefined` for one that is missing */
export function rawHeaders(changes: Fields = {}): string[] {
  return Object.entries({ ...FIELDS, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().flatMap((each) => [name, each]),
  );
}

export function httpRequest(changes: Fields = {}, line: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1, rawHeaders: rawHeaders(changes), ...line };
}

/** What the request asks for. @throws when it is refused */
export function accepted(changes: Fields = {}, line: Partial<HttpRequest> = {}): HandshakeRequest {
  const result = readHandshakeRequest(httpRequest(changes, line));
  if (isRefusal(result)) throw new Error(`refused: ${result.status} ${result.message}`);
  return result;
}

/** Why the request is refused. @throws when it is not */
export function refused(changes: Fields = {}, line: Partial<HttpRequest> = {}): Refusal {
  const result = readHandshakeRequest(httpRequest(changes, line));
  if (!isRefusal(result)) throw new Error('accepted');
  return result;
}
