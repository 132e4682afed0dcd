// The request of a connection that nobody has looked at, as one string instead of a stream with its states and a list of
// strings: of an idle connection it would be half of the memory. Who asks for the request gets one that reads like the
// first. In go only requests that nobody can have kept, or put something on.

import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { hasHandshake } from '../handshake/handshake.js';

/** Node's own way to say what the header is, and so what `headers` and `headersDistinct` are made of. */
interface HeaderTaker {
  _addHeaderLines?(rawHeaders: string[], count: number): void;
}

/** No line of a header contains it. */
const SEPARATOR = '\n';

/** @returns undefined for a request that must be kept as it is */
export function packRequest(request: IncomingMessage): string | undefined {
  return isPlain(request) ? [request.url!, ...request.rawHeaders].join(SEPARATOR) : undefined;
}

/** @param socket the connection's */
export function unpackRequest(packed: string, socket: Duplex): IncomingMessage {
  const [url, ...rawHeaders] = packed.split(SEPARATOR);
  const request = new IncomingMessage(socket as Socket);
  (request as HeaderTaker)._addHeaderLines!(rawHeaders, rawHeaders.length);
  Object.assign(request, { httpVersionMajor: 1, httpVersionMinor: 1, httpVersion: '1.1', method: 'GET', url });
  Object.assign(request, { upgrade: true, complete: true, parser: null });
  request.push(null);
  return request;
}

/** Whether the request is what Node makes of nearly all upgrades. */
function isPlain(request: IncomingMessage): boolean {
  return (
    request.httpVersion === '1.1' &&
    request.method === 'GET' &&
    Object.getPrototypeOf(request) === IncomingMessage.prototype &&
    typeof (request as HeaderTaker)._addHeaderLines === 'function' &&
    // It changes what `headers` says.
    !(request as { readonly joinDuplicateHeaders?: unknown }).joinDuplicateHeaders &&
    // Guards have seen it, or its path has parameters.
    !hasHandshake(request)
  );
}
