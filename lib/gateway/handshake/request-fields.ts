// The fields that Express and Fastify add to a request, and that guards written for controllers read: `params`, `query` and
// `ip`. Added where there is something to read or somebody to read it, never in the place of what is there.

import type { IncomingMessage } from 'node:http';
import type { WireHandshake } from './handshake.js';

export function addRequestFields(request: IncomingMessage, { params, query, remoteAddress }: WireHandshake): void {
  const fields = { params, query: toObject(query), ip: remoteAddress };
  for (const [name, value] of Object.entries(fields)) {
    if (!(name in request)) Object.assign(request, { [name]: value });
  }
}

/** Without a prototype, since the client names the properties; a list where a name stands several times. */
function toObject(query: URLSearchParams): Readonly<Record<string, string | string[]>> {
  const object = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of query) {
    const present = object[name];
    if (present === undefined) object[name] = value;
    else if (Array.isArray(present)) present.push(value);
    else object[name] = [present, value];
  }
  return object;
}
