// The request of a connection that nobody has looked at, as one string instead of a stream with its states and a list of
// strings: of an idle connection it would be half of the memory. Who asks for the request gets one that reads like the
// first. In go requests that only Node has touched; whoever may have kept one, or put something on it, keeps the original.

import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Node's own way to say what the header is, and so what `headers` and `headersDistinct` are made of. */
interface HeaderTaker {
  _addHeaderLines?(rawHeaders: string[], count: number): void;
}

/** No line of a header contains it. */
const SEPARATOR = '\n';

let ownKeys = 0;

/** @returns undefined for a request that must be kept as it is */
export function packRequest(request: IncomingMessage): string | undefined {
  const { url = '', rawHeaders } = request;
  return isPlain(request) ? `${url}${SEPARATOR}${rawHeaders.join(SEPARATOR)}` : undefined;
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

/** Whether the request is one of Node's, as they come with every upgrade, and without anything of somebody else's on it. */
function isPlain(request: IncomingMessage): boolean {
  if (Object.getPrototypeOf(request) !== IncomingMessage.prototype) return false;
  if (typeof (request as HeaderTaker)._addHeaderLines !== 'function') return false;
  if (request.httpVersion !== '1.1' || request.method !== 'GET') return false;
  // `joinDuplicateHeaders` of the HTTP server changes what `headers` says.
  if ((request as { joinDuplicateHeaders?: unknown }).joinDuplicateHeaders) return false;
  ownKeys ||= Reflect.ownKeys(new IncomingMessage(request.socket)).length;
  const { length } = Reflect.ownKeys(request);
  return length === ownKeys + (Object.hasOwn(request, 'parser') ? 1 : 0) && request.eventNames().length === 0;
}
