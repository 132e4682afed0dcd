// What nodes tell each other about themselves and their members, beside the topics: as text, behind a word that says how to read
// it, so that versions of this library can share a broker.

import type { PresentMember } from '../broker.js';
import { parseJsonObject } from '../json-object.js';

/** Said by a node of itself: it is new here, it is still here, it leaves. */
interface Sign {
  readonly type: 'hello' | 'here' | 'bye';
  readonly node: string;
}

/** Who is in a topic? */
interface Question {
  readonly type: 'question';
  readonly node: string;
  readonly id: string;
  readonly topic: string;
}

/** One of the `parts` of a node's answer, counted from 0. */
interface Answer {
  readonly type: 'answer';
  readonly node: string;
  readonly id: string;
  readonly part: number;
  readonly parts: number;
  readonly members: readonly PresentMember[];
}

export type ControlMessage = Sign | Question | Answer;

/** Raised with every change that readers of the version before would misunderstand. Unknown fields are no such change. */
const VERSION = 'nestwire-presence/1';
const ANY_VERSION = /^nestwire-presence\/\d+ /;

/** Names of nodes and questions become parts of a channel's name. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

export function encodeControl(message: ControlMessage): string {
  return `${VERSION} ${JSON.stringify(message)}`;
}

/** @returns undefined for what no version that is known here has written */
export function decodeControl(text: string): ControlMessage | undefined {
  if (!text.startsWith(`${VERSION} `)) return undefined;
  const fields = parseJsonObject(text.slice(VERSION.length + 1));
  if (fields === undefined) return undefined;
  const { type, node, id, topic, part, parts, members } = fields;
  if (!isName(node)) return undefined;
  if (type === 'hello' || type === 'here' || type === 'bye') return { type, node };
  if (!isName(id)) return undefined;
  if (type === 'question' && typeof topic === 'string') return { type, node, id, topic };
  if (type !== 'answer' || !isCount(part) || !isCount(parts) || part >= parts || !isMembers(members)) return undefined;
  return { type, node, id, part, parts, members };
}

/** Whether another version of this library has written it. */
export function isOfAnotherVersion(text: string): boolean {
  return ANY_VERSION.test(text) && !text.startsWith(`${VERSION} `);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isMembers(value: unknown): value is readonly PresentMember[] {
  return Array.isArray(value) && value.every((each: { id?: unknown } | null) => typeof each?.id === 'string');
}
