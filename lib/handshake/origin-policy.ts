// Which web pages may connect (RFC 6455 §10.2): browsers send the Origin of the page with every handshake and do not
// keep a page from connecting to foreign servers, so the server must look. Programs that are no browsers send none.

import { parseForwarded } from './forwarded.js';
import type { HandshakeRequest } from './handshake-request.js';

export interface OriginPolicy {
  /**
   * `same-origin`: pages whose host and port are those of the request; `any`: all pages; or a list of origins, each
   * exactly as a browser sends it, such as `https://example.org`, besides which no other is allowed.
   */
  readonly origins: 'same-origin' | 'any' | readonly string[];
  /** Whether the host and scheme that a proxy in front forwards are believed. */
  readonly trustProxy: boolean;
}

const DEFAULT_PORTS = new Map([
  ['http:', '80'],
  ['https:', '443'],
]);

/** @param isEncrypted whether the connection itself is TLS; a plain one may still be HTTPS up to a proxy */
export function isOriginAllowed(request: HandshakeRequest, policy: OriginPolicy, isEncrypted: boolean): boolean {
  if (policy.origins === 'any' || !request.fields.has('origin')) return true;
  const origin = request.fields.single('origin');
  if (origin === undefined) return false;
  if (policy.origins !== 'same-origin') return policy.origins.includes(origin);
  const forwarded = policy.trustProxy ? parseForwarded(request.fields) : undefined;
  const scheme = forwarded?.scheme ?? (isEncrypted ? 'https' : undefined);
  return isSameOrigin(origin, forwarded?.host ?? request.host, scheme);
}

function isSameOrigin(origin: string, host: string, scheme: string | undefined): boolean {
  const page = parseUrl(origin);
  // An origin is a scheme and a host, nothing behind: "null" and opaque ones are never the same as ours.
  if (page === undefined || page.origin !== origin || !DEFAULT_PORTS.has(page.protocol)) return false;
  if (scheme !== undefined && page.protocol !== `${scheme}:`) return false;
  // A Host without a port means the default one of the scheme, which where it is not known is the page's own.
  const server = parseUrl(`${page.protocol}//${host}`);
  return server !== undefined && server.hostname === page.hostname && portOf(server) === portOf(page);
}

function portOf(url: URL): string {
  return url.port || DEFAULT_PORTS.get(url.protocol)!;
}

function parseUrl(text: string): URL | undefined {
  // Once V8 has optimised it, `URL.canParse` of Node 20 takes Latin-1 for UTF-8, and the constructor still throws.
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
