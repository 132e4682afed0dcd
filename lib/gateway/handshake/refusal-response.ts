// What guards and filters get as the response of a handshake: it collects status and header fields for whatever the answer
// will be, a 101 or a refusal. Sending it is refusing the handshake with what was sent. It has what Nest's guards, filters
// and HTTP adapters use of Express, Fastify and Node, and nothing streams through it.

import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Refusal } from '../../handshake/refusal.js';

type FieldValue = string | number | readonly string[];

/** Fields of the 101 that are ours to write. */
const OWN_FIELDS = /^(?:connection|upgrade|content-.*|transfer-encoding|sec-websocket-.*)$/i;

export class RefusalResponse {
  /** As in Node; what is sent without another is refused with 500, since a refusal is an error. */
  statusCode: number;
  /** Resolves when somebody has sent this response. */
  readonly whenSent: Promise<void>;
  /** By the names in lower case: the name as it was given, and the value. */
  private readonly fields: Map<string, readonly [string, FieldValue]>;
  private answer: Refusal | undefined;
  private resolveSent!: () => void;

  constructor() {
    this.statusCode = 500;
    this.whenSent = new Promise((resolve) => {
      this.resolveSent = resolve;
    });
    this.fields = new Map();
    this.answer = undefined;
  }

  /** What was sent, if anything was. */
  get refusal(): Refusal | undefined {
    return this.answer;
  }

  get headersSent(): boolean {
    return this.answer !== undefined;
  }

  /** As Fastify asks it. */
  get sent(): boolean {
    return this.headersSent;
  }

  /** Fastify's response has Node's below it. */
  get raw(): this {
    return this;
  }

  status(code: number): this {
    this.statusCode = code;
    return this;
  }

  /** @throws TypeError for what cannot stand in a header, as Node's own */
  setHeader(name: string, value: FieldValue): this {
    validateHeaderName(name);
    for (const one of [value].flat()) validateHeaderValue(name, one as string);
    this.fields.set(name.toLowerCase(), [name, value]);
    return this;
  }

  /** As Express and Fastify name it. */
  header(name: string, value: FieldValue): this {
    return this.setHeader(name, value);
  }

  getHeader(name: string): FieldValue | undefined {
    return this.fields.get(name.toLowerCase())?.[1];
  }

  hasHeader(name: string): boolean {
    return this.fields.has(name.toLowerCase());
  }

  removeHeader(name: string): void {
    this.fields.delete(name.toLowerCase());
  }

  json(body: unknown): this {
    if (!this.hasHeader('content-type')) this.setHeader('Content-Type', 'application/json; charset=utf-8');
    return this.end(JSON.stringify(body));
  }

  /** Text as it is, anything else as JSON. */
  send(body?: unknown): this {
    return body === undefined || typeof body === 'string' ? this.end(body) : this.json(body);
  }

  /** Refuses the handshake with the status and the fields so far. @throws Error when something was sent before */
  end(body?: string): this {
    if (this.answer !== undefined) throw new Error('The answer to this handshake was sent before');
    this.answer = { status: this.statusCode, message: body, headers: this.headers() };
    this.resolveSent();
    return this;
  }

  /** The fields so far, for a refusal. */
  headers(): Record<string, string | readonly string[]> {
    return Object.fromEntries([...this.fields.values()].map(([name, value]) => [name, toText(value)]));
  }

  /** The fields so far as lines of a 101. */
  lines(): string[] {
    return [...this.fields.values()]
      .filter(([name]) => !OWN_FIELDS.test(name))
      .flatMap(([name, value]) => [toText(value)].flat().map((one) => `${name}: ${one}`));
  }
}

function toText(value: FieldValue): string | readonly string[] {
  return typeof value === 'number' ? String(value) : value;
}
