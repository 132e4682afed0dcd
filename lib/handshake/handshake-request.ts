// The client's opening handshake judged (RFC 6455 §4.2.1): a request goes in, and out comes either what a server needs
// to accept it or the refusal that names the rule it breaks. Who is asked for, and from where, is judged elsewhere.

import {
  type ExtensionOffer,
  listNames,
  parseExtensionList,
  parseTokenList,
  trimWhitespace,
} from './header-grammar.js';
import { HeaderFields } from './header-fields.js';
import { isHandshakeKey } from './handshake-key.js';
import type { Refusal } from './refusal.js';

/** An HTTP request as it was received; Node's `IncomingMessage` is one. */
export interface HttpRequest {
  readonly method?: string | undefined;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  readonly rawHeaders: readonly string[];
}

/** What a well-formed handshake asks for. */
export interface HandshakeRequest {
  readonly key: string;
  /** The Host field, host and port as they were sent. */
  readonly host: string;
  /** Subprotocols in the client's order of preference (§11.3.4). */
  readonly subprotocols: readonly string[];
  /** Extensions in the client's order of preference (§9.1). */
  readonly extensions: readonly ExtensionOffer[];
  readonly fields: HeaderFields;
}

/** The protocol version spoken here (§4.1). */
export const WEBSOCKET_VERSION = '13';

/** Node drops what follows the 1,000th header field, or a few more, without a word: beyond, a request may be incomplete. */
const MAX_HEADER_FIELDS = 1000;

/** host [ ":" port ] of RFC 3986 §3.2, without user information. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[!$&'()*+,;=\-.~\w%]+)(?::\d*)?$/;

export function readHandshakeRequest(request: HttpRequest): HandshakeRequest | Refusal {
  const fields = new HeaderFields(request.rawHeaders);
  return refuseHttp(request, fields) ?? refuseUpgrade(fields) ?? readWebSocketFields(fields);
}

export function isRefusal(result: HandshakeRequest | Refusal): result is Refusal {
  return 'status' in result;
}

/** §4.2.1, 1 to 2: a GET of HTTP/1.1 or higher with a Host, and no body, whose bytes would be taken for frames. */
function refuseHttp(request: HttpRequest, fields: HeaderFields): Refusal | undefined {
  if (request.method !== 'GET') {
    return { status: 405, message: 'A WebSocket handshake is a GET request.', headers: { Allow: 'GET' } };
  }
  if (request.httpVersionMajor !== 1 || request.httpVersionMinor < 1) return badRequest('HTTP/1.1 is needed.');
  if (request.rawHeaders.length > MAX_HEADER_FIELDS * 2) return badRequest('There are too many header fields.');
  const host = fields.single('host');
  if (host === undefined || !HOST.test(host)) return badRequest('Exactly one valid Host field is needed.');
  const hasBody = fields.has('transfer-encoding') || fields.all('content-length').some((length) => length !== '0');
  if (hasBody) return badRequest('A WebSocket handshake has no body.');
  return undefined;
}

/** §4.2.1, 3 to 4 and 6: the upgrade to this protocol in this version. */
function refuseUpgrade(fields: HeaderFields): Refusal | undefined {
  if (!listNames(fields.joined('upgrade') ?? '', 'websocket')) {
    return upgradeRequired('An Upgrade field that names "websocket" is needed.');
  }
  if (!listNames(fields.joined('connection') ?? '', 'upgrade')) {
    return badRequest('A Connection field that names "Upgrade" is needed.');
  }
  const versions = fields.all('sec-websocket-version');
  if (versions.length > 1) return badRequest('Sec-WebSocket-Version stands more than once.');
  if (versions.length === 0 || trimWhitespace(versions[0]!) !== WEBSOCKET_VERSION) {
    return upgradeRequired(`Only version ${WEBSOCKET_VERSION} of the WebSocket protocol is spoken here.`);
  }
  return undefined;
}

/** §4.2.1, 5 and 8 to 9. */
function readWebSocketFields(fields: HeaderFields): HandshakeRequest | Refusal {
  const key = trimWhitespace(fields.single('sec-websocket-key') ?? '');
  if (!isHandshakeKey(key)) return badRequest('Exactly one Sec-WebSocket-Key of 16 bytes in base64 is needed.');
  const subprotocols = readList(fields.joined('sec-websocket-protocol'), parseTokenList);
  if (subprotocols === undefined || new Set(subprotocols).size < subprotocols.length) {
    return badRequest('Sec-WebSocket-Protocol must be a list of different tokens.');
  }
  const extensions = readList(fields.joined('sec-websocket-extensions'), parseExtensionList);
  if (extensions === undefined) return badRequest('Sec-WebSocket-Extensions does not follow its grammar.');
  return { key, host: fields.single('host')!, subprotocols, extensions, fields };
}

function readList<T>(value: string | undefined, parse: (value: string) => T[] | undefined): T[] | undefined {
  return value === undefined ? [] : parse(value);
}

function badRequest(message: string): Refusal {
  return { status: 400, message };
}

/** §4.4; RFC 9110 §15.5.22 asks for the Upgrade field. */
function upgradeRequired(message: string): Refusal {
  return { status: 426, message, headers: { Upgrade: 'websocket', 'Sec-WebSocket-Version': WEBSOCKET_VERSION } };
}
