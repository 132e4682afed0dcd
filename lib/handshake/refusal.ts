// Answers to an upgrade that is refused (RFC 6455 §4.2.2 step 4, §4.4): complete HTTP answers that end the connection
// and repeat nothing of what the peer sent.

import { Buffer } from 'node:buffer';

/** An HTTP answer other than 101. */
export interface Refusal {
  /** The HTTP status, 400 to 599. */
  readonly status: number;
  /** One sentence for whoever debugs the client. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const REASON_PHRASES = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [426, 'Upgrade Required'],
  [429, 'Too Many Requests'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
]);

const LINE_BREAK_OR_NUL = /[\r\n\0]/;

/** The bytes of a refusal: status line, headers, a plain-text body. @throws TypeError for a header that breaks the answer */
export function encodeRefusal({ status, message, headers = {} }: Refusal): Buffer {
  const body = `${message}\n`;
  const fields: [string, string][] = [
    ['Connection', 'close'],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Length', String(Buffer.byteLength(body))],
    ...Object.entries(headers),
  ];
  const lines = fields.map(([name, value]) => {
    if (LINE_BREAK_OR_NUL.test(name + value))
      throw new TypeError(`header ${JSON.stringify(name)} contains a line break`);
    return `${name}: ${value}\r\n`;
  });
  const phrase = REASON_PHRASES.get(status) ?? (status < 500 ? 'Refused' : 'Error');
  return Buffer.from(`HTTP/1.1 ${status} ${phrase}\r\n${lines.join('')}\r\n${body}`);
}
