// Answers to an upgrade that is refused (RFC 6455 §4.2.2 step 4, §4.4): complete HTTP answers that end the connection
// and repeat nothing of what the peer sent.

import { Buffer } from 'node:buffer';
import { isFieldValue, isToken } from './header-grammar.js';

/** An HTTP answer other than 101. */
export interface Refusal {
  /** The HTTP status, 400 to 599. */
  readonly status: number;
  /** The body, a sentence for whoever debugs the client. @default the status in words */
  readonly message?: string | undefined;
  /** A list is one field for each of its values. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** RFC 9110 §15, as far as a handshake may be refused with it; others have their class's name. */
const REASON_PHRASES = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [402, 'Payment Required'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [406, 'Not Acceptable'],
  [407, 'Proxy Authentication Required'],
  [408, 'Request Timeout'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [412, 'Precondition Failed'],
  [418, "I'm a Teapot"],
  [421, 'Misdirected Request'],
  [422, 'Unprocessable Content'],
  [426, 'Upgrade Required'],
  [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [451, 'Unavailable For Legal Reasons'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Gateway Timeout'],
]);

/** Fields that say how the answer is written: ours to say. */
const OWN_FIELDS = new Set(['connection', 'content-length', 'transfer-encoding']);

/**
 * The bytes of a refusal: status line, headers, a body.
 * @throws TypeError for a status that is no refusal, and for a header that breaks the answer
 */
export function encodeRefusal({ status, message, headers = {} }: Refusal): Buffer {
  if (!Number.isInteger(status) || status < 400 || status > 599) {
    throw new TypeError(`a handshake is refused with a status from 400 to 599, not ${String(status)}`);
  }
  const phrase = REASON_PHRASES.get(status) ?? (status < 500 ? 'Client Error' : 'Server Error');
  const body = message ?? phrase;
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [name, value] as const]));
  const fields: (readonly [string, string | readonly string[]])[] = [
    // An Upgrade field is announced as one that is meant for the next hop (RFC 9110 §7.8).
    ['Connection', given.has('upgrade') ? 'close, Upgrade' : 'close'],
    given.get('content-type') ?? ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Length', String(Buffer.byteLength(body))],
    ...[...given].filter(([key]) => key !== 'content-type' && !OWN_FIELDS.has(key)).map(([, field]) => field),
  ];
  const lines = fields.flatMap(([name, values]) =>
    [values].flat().map((value) => {
      if (!isToken(name) || !isFieldValue(value)) throw new TypeError(`header ${JSON.stringify(name)} is not valid`);
      return `${name}: ${value}\r\n`;
    }),
  );
  return Buffer.from(`HTTP/1.1 ${status} ${phrase}\r\n${lines.join('')}\r\n${body}`);
}
