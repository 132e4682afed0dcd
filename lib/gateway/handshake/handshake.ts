// What a client asked for when it connected: its address, taken apart. Made of the HTTP request when somebody wants to know;
// nothing that the peer sent names a property of an object.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** The parameters of a path, decoded, by the names that the gateway's path gives them. */
export type PathParams = Readonly<Partial<Record<string, string>>>;

const NO_PARAMS: PathParams = Object.freeze(Object.create(null) as PathParams);

/** Parameters found by the router; most paths have none. */
const paramsByRequest = new WeakMap<IncomingMessage, PathParams>();
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
  /** The query, decoded: `query.get('q')`, `query.getAll('tag')`. */
  readonly query: URLSearchParams;

  /** @internal see {@link handshakeOf} */
  constructor(request: IncomingMessage, params: PathParams) {
    this.request = request;
    this.url = request.url ?? '';
    const target = /^([^?#]*)\??([^#]*)/.exec(this.url)!;
    this.path = target[1]!.replace(/^[a-z]+:\/\/[^/]*/i, '') || '/';
    this.params = params;
    this.query = new URLSearchParams(target[2]);
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

/** The handshake of a request; the same object each time. */
export function handshakeOf(request: IncomingMessage): WireHandshake {
  let handshake = handshakes.get(request);
  if (handshake === undefined) {
    handshake = new WireHandshake(request, paramsByRequest.get(request) ?? NO_PARAMS);
    handshakes.set(request, handshake);
  }
  return handshake;
}

/** Says what the parameters of a request's path are, before anybody asks for its handshake. */
export function setPathParams(request: IncomingMessage, params: PathParams): void {
  paramsByRequest.set(request, params);
}
