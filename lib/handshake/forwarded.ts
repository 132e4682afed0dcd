// What a proxy says of the request that it forwards: `Forwarded` (RFC 7239 §5) or the older `X-Forwarded-*` fields.
// To be believed only where such a proxy stands in front and overwrites what clients send.

import type { HeaderFields } from './header-fields.js';
import { trimWhitespace } from './header-grammar.js';

export interface Forwarded {
  /** Host and port as the client sent them. */
  readonly host: string | undefined;
  /** `http` or `https`. */
  readonly scheme: string | undefined;
}

/** The first proxy's view: the leftmost element of each list. */
export function parseForwarded(fields: HeaderFields): Forwarded {
  const pairs = new Map<string, string>();
  for (const pair of firstElement(fields.joined('forwarded')).split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0) pairs.set(trimWhitespace(pair.slice(0, equals)).toLowerCase(), unquote(pair.slice(equals + 1)));
  }
  const host = pairs.get('host') ?? firstElement(fields.joined('x-forwarded-host'));
  const scheme = pairs.get('proto') ?? firstElement(fields.joined('x-forwarded-proto'));
  return { host: host || undefined, scheme: schemeOfWebSocket(scheme.toLowerCase()) };
}

/** Some proxies say `wss` for the scheme of an upgrade where the page's origin says `https`. */
function schemeOfWebSocket(scheme: string): string | undefined {
  if (scheme === 'wss') return 'https';
  if (scheme === 'ws') return 'http';
  return scheme || undefined;
}

function firstElement(list: string | undefined): string {
  return trimWhitespace((list ?? '').split(',', 1)[0]!);
}

function unquote(value: string): string {
  const trimmed = trimWhitespace(value);
  return trimmed.length >= 2 && trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed;
}
