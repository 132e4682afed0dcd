// The handshake of one connection as two HTTP heads, the request and the answer, fit to be shown.

import type { IncomingMessage } from 'node:http';

/** `value` is null where it is nobody's to see, not even a script's of the page that sent it. */
export interface HeaderField {
  readonly name: string;
  readonly value: string | null;
}

interface HttpHead {
  /** The request line or the status line. */
  readonly line: string;
  readonly fields: readonly HeaderField[];
}

export interface Handshake {
  readonly request: HttpHead;
  readonly answer: HttpHead;
}

/** What proves who somebody is; proxies add fields of their own for that. */
const SECRET = /auth|cookie|credential|identity|jwt|key|oidc|password|secret|session|token|assertion/i;
const NO_SECRET = new Set(['sec-websocket-key', 'sec-websocket-accept']);

/** @param answer as it was written */
export function describeHandshake(request: IncomingMessage, answer: string): Handshake {
  const { method, url, httpVersion, rawHeaders } = request;
  const [head = ''] = answer.split('\r\n\r\n');
  const [line = '', ...fields] = head.split('\r\n');
  return {
    request: { line: `${method} ${url} HTTP/${httpVersion}`, fields: pairs(rawHeaders) },
    answer: { line, fields: pairs(fields.flatMap(splitField)) },
  };
}

/** Node keeps the fields as they came, names and values in turn. */
function pairs(namesAndValues: readonly string[]): HeaderField[] {
  const fields: HeaderField[] = [];
  for (let index = 0; index + 1 < namesAndValues.length; index += 2) {
    const [name = '', value = ''] = namesAndValues.slice(index, index + 2);
    const isSecret = SECRET.test(name) && !NO_SECRET.has(name.toLowerCase());
    fields.push({ name, value: isSecret ? null : value });
  }
  return fields;
}

function splitField(field: string): [string, string] {
  const colon = field.indexOf(':');
  return [field.slice(0, colon), field.slice(colon + 1).trim()];
}
