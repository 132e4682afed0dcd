// A published message, encoded once for everybody who will ever be sent it: its body is the JSON text that clients get. Between
// nodes it travels behind one line that says how to read it, so that versions of this library can share a broker.

import { parseJsonObject } from './json-object.js';

/** What is published. */
export interface TopicMessage {
  /** JSON text of an object with the fields `event` and, unless there is none, `data`. */
  readonly body: string;
  /** Subscribers that are not sent it, by their ids; absent for none. */
  readonly except?: readonly string[];
}

/** A message's content, as the application published it. */
export interface TopicContent {
  readonly event: string;
  readonly data: unknown;
}

/** Raised with every change that readers of the version before would misunderstand. Unknown fields of the head are no such change. */
const VERSION = 'nestwire/1';

/** How much text it is on its way and in histories, in UTF-16 units. */
export function lengthOf({ body, except = [] }: TopicMessage): number {
  return except.reduce((sum, id) => sum + id.length, body.length);
}

/** @throws TypeError for data that JSON cannot say */
export function encodeBody(event: string, data: unknown): string {
  return JSON.stringify({ event, data });
}

export function decodeBody(body: string): TopicContent {
  return JSON.parse(body) as TopicContent;
}

/** The text in which a message goes through a broker. */
export function encodeMessage({ body, except }: TopicMessage): string {
  return `${VERSION} ${JSON.stringify({ except })}\n${body}`;
}

/** @returns undefined for what no version that is known here has written */
export function decodeMessage(text: string): TopicMessage | undefined {
  const end = text.indexOf('\n');
  if (end < 0 || !text.startsWith(`${VERSION} `)) return undefined;
  const head = parseJsonObject(text.slice(VERSION.length + 1, end));
  const body = text.slice(end + 1);
  const content = parseJsonObject(body);
  if (head === undefined || typeof content?.['event'] !== 'string') return undefined;
  const except = head['except'];
  if (except === undefined) return { body };
  return isTexts(except) ? { body, except } : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
