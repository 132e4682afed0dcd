// What a client asked for when it connected: its address, taken apart. Made of the HTTP request when somebody wants to know;
// nothing that the peer sent names a property of an object.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** The parameters of a path, decoded, by the names that the gateway's path gives them. */
export type PathParams = Readonly<Partial<Record<string, string>>>;

const NO_PARAMS: PathParams = Object.freeze(Object.create(null) as PathParams);

/** Path and query of a request's target, which may be a whole URL (RFC 9112 §3.2). */
const TARGET = /^(?:[a-z]+:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?/i;

const handshakes = new WeakMap<IncomingMessage, WireHandshake>();

/** The request that opened a connection: what `@Handshake()` and `socket.handshake` give. */
export class WireHandshake {
  /** The HTTP request itself. */
  readonly request: IncomingMessage;
  /** The target as it was sent, path and query. */
  readonly url: string;
  /** The path as it was sent, still encoded. */
  readonly path: string;
  /** Of a path such as `/rooms/:room`; an object without a prototype. */
  readonly params: PathParams;
  private readonly search: string;
  private searchParams: URLSearchParams | undefined;

  /** @internal see {@link handshakeOf} */
  constructor(request: IncomingMessage, params: PathParams) {
    const [, path, search] = TARGET.exec(request.url ?? '')!;
    this.request = request;
    this.url = request.url ?? '';
    this.path = path || '/';
    this.params = params;
    this.search = search ?? '';
    this.searchParams = undefined;
  }

  /** The query, decoded: `query.get('q')`, `query.getAll('tag')`. */
  get query(): URLSearchParams {
    return (this.searchParams ??= new URLSearchParams(this.search));
  }

  /** The header fields, by their names in lower case. */
  get headers(): IncomingHttpHeaders {
    return this.request.headers;
  }

  /** The client's IP address; behind a proxy the proxy's. */
  get remoteAddress(): string | undefined {
    return this.request.socket.remoteAddress;
  }

  /** Whether the connection itself is TLS; behind a proxy that ends TLS it is not. */
  get isEncrypted(): boolean {
    return 'encrypted' in this.request.socket;
  }
}

/** Whether somebody has asked for the handshake of a request. */
export function hasHandshake(request: IncomingMessage): boolean {
  return handshakes.has(request);
}

/**
 * The handshake of a request; the same object each time.
 * @param params those of its path, for whoever asks first
 */
export function handshakeOf(request: IncomingMessage, params: PathParams = NO_PARAMS): WireHandshake {
  let handshake = handshakes.get(request);
  if (handshake === undefined) {
    handshake = new WireHandshake(request, params);
    handshakes.set(request, handshake);
  }
  return handshake;
}
