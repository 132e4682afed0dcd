// The HTTP answers with which nestwire refuses an upgrade: read, and judged by the rules that hold for all of them.

import { expect } from '@jest/globals';

/** For requests: whatever of it comes back, in a header or in the body, was repeated. */
export const MARKER = 'not-to-be-repeated';

interface HttpAnswer {
  statusLine: string;
  /** By their names as they were sent. */
  headers: Record<string, string>;
  body: string;
}

/** Takes apart what a server sent until it ended the connection, and expects it to be one complete answer of ours. */
export function expectRefusal(received: Buffer): HttpAnswer {
  const text = received.toString('utf8');
  expect(text).not.toContain(MARKER);
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  expect(statusLine).toMatch(/^HTTP\/1\.1 [45]\d\d [A-Z]/);
  const headers = Object.fromEntries(
    lines.map((line): [string, string] => {
      expect(line).toMatch(/^[\w-]+: [^\r\n]+$/);
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const body = rest.join('\r\n\r\n');
  expect(headers).toMatchObject({
    Connection: 'Upgrade' in headers ? 'close, Upgrade' : 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': `${Buffer.byteLength(body)}`,
  });
  expect(body).not.toBe('');
  return { statusLine, headers, body };
}
