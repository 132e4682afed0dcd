// One row of the tables of the opening handshake: a request as bytes, and the answer that it must get, over a real socket,
// whether the request arrives whole or byte by byte.

import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { within } from '../support/bounded-wait.js';
import { byteByByte } from '../support/bytes.js';

export interface OpeningCase {
  readonly rule: string;
  readonly request: string;
  readonly status: number;
  /** Fields of the answer, names in lower case; undefined for one that must not be there. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
}

/** A list stands for a field that comes several times, undefined for one that is missing. */
export type Fields = Record<string, string | readonly string[] | undefined>;

const FIELDS: Fields = {
  Host: 'server.example.com',
  Upgrade: 'websocket',
  Connection: 'Upgrade',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
};

/** What answers that key (§1.3). */
export const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** The request of §1.2, with fields changed, doubled or left out. */
export function openingRequest(changes: Fields = {}, line = 'GET /chat HTTP/1.1'): string {
  const lines = Object.entries({ ...FIELDS, ...changes }).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((each) => `${name}: ${each}`),
  );
  return [line, ...lines, '', ''].join('\r\n');
}

interface Answer {
  readonly status: number;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A 101, or the application's answer to what Node does not take for an upgrade; after others the server ends. */
const KEEPS_CONNECTION = /^HTTP\/1\.1 101 .*\r\n\r\n|\r\nConnection: keep-alive\r\n.*\r\n\r\n./s;

/** Sends the request in these pieces. @returns the answer; a refusal with its body, at the end of the connection */
async function ask(port: number, pieces: readonly Uint8Array[]): Promise<Answer> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  let received = '';
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (KEEPS_CONNECTION.test(received)) resolve();
    });
    socket.on('close', () => resolve());
  });
  await within(once(socket, 'connect'), 'the connection');
  socket.setNoDelay();
  for (const piece of pieces) {
    if (!socket.writable) break;
    socket.write(piece);
    if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
  }
  await within(answered, 'the answer');
  socket.destroy();
  return parseAnswer(received);
}

function parseAnswer(text: string): Answer {
  const end = text.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  expect(statusLine).toMatch(/^HTTP\/1\.1 \d{3} /);
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+): *(.*)$/.exec(line) ?? [];
    expect(name).toBeDefined();
    // A field of an answer of ours comes once.
    expect(fields.has(name!.toLowerCase())).toBe(false);
    fields.set(name!.toLowerCase(), value!);
  }
  return { status: Number(statusLine.slice(9, 12)), fields, body: text.slice(end + 4) };
}

/** Runs the rows against whoever listens there. */
export function answers(about: string, port: () => number, cases: readonly OpeningCase[]): void {
  describe(about, () => {
    it.each(cases.map((each): [string, OpeningCase] => [each.rule, each]))(
      '%s',
      async (_, { request, status, fields }) => {
        const bytes = Buffer.from(request, 'latin1');
        const wholes = await Promise.all([
          ask(port(), [bytes]),
          ask(port(), byteByByte(bytes)),
          ask(port(), halves(bytes)),
        ]);
        for (const answer of wholes) {
          expect([answer.status, answer.body]).toEqual([status, expect.any(String)]);
          for (const [name, value] of Object.entries(fields ?? {})) {
            expect([name, answer.fields.get(name)]).toEqual([name, value]);
          }
          if (status === 101) {
            expect(answer.fields.get('upgrade')?.toLowerCase()).toBe('websocket');
            expect(answer.fields.get('connection')?.toLowerCase()).toBe('upgrade');
            expect(answer.fields.get('sec-websocket-accept')).toBeDefined();
          }
        }
      },
    );
  });
}

const halves = (bytes: Buffer): Buffer[] => [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)];
