// A strict reader of HTTP answers (RFC 9112): one that is not well-formed, or has a byte too many, throws.

import type { Buffer } from 'node:buffer';

export interface HttpAnswer {
  readonly status: number;
  readonly phrase: string;
  /** In lower case; each may stand once only. */
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
}

const ANSWER = /^HTTP\/1\.1 (\d{3}) ([\t !-~]+)\r\n((?:[!#$%&'*+\-.^_`|~\w]+: [^\r\n\0]*\r\n)*)\r\n([^]*)$/;

export function parseHttpAnswer(bytes: Buffer): HttpAnswer {
  const [, status, phrase, lines, body] = ANSWER.exec(bytes.toString('latin1')) ?? fail('is not well-formed');
  const fields = new Map<string, string>();
  for (const line of lines!.split('\r\n').slice(0, -1)) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    if (fields.has(name)) fail(`has ${name} twice`);
    fields.set(name, line.slice(line.indexOf(':') + 2));
  }
  if (status === '101' ? body !== '' : fields.get('content-length') !== String(body!.length))
    fail('has a body of another length');
  return { status: Number(status), phrase: phrase!, fields, body: body! };
}

function fail(reason: string): never {
  throw new Error(`the answer ${reason}`);
}
