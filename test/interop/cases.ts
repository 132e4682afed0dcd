// What every foreign client is asked to do, and what has to be seen of it on both sides.

import { randomBytes } from 'node:crypto';
import { messageOf, type MessagePattern, type Order } from './order.js';
import type { Ability } from './peer.js';

export interface InteropCase {
  readonly title: string;
  readonly needs: readonly Ability[];
  readonly order: Omit<Order, 'url'>;
  /** How our side closes, once the connection is open. */
  readonly closedByUs?: { readonly code: number; readonly reason: string };
  /** What our side ends with. */
  readonly endsWith: { readonly code: number; readonly reason: string };
}

const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1_048_576];
const MAX_MESSAGE_BYTES = 1_048_576;
const ASCII = 'abcdefghijklmnopqrstuvwxyz0123456789 ';
/** A prime number of different bytes. */
const BYTES = Array.from({ length: 251 }, (_, byte) => String.fromCharCode(byte)).join('');
const RANDOM = randomBytes(65_536).toString('latin1');
const NOT_ASCII = 'Grüße, 世界 🌍; ';

const DONE = { code: 1000, reason: 'done' };

export const ECHO_CASES: readonly InteropCase[] = [
  ...SIZES.map((size) => echo(`text of ${size} bytes`, pattern('text', ASCII, size))),
  ...SIZES.map((size) => echo(`binary of ${size} bytes`, pattern('binary', BYTES, size))),
  echo('text beyond ASCII', pattern('text', NOT_ASCII, NOT_ASCII.length * 1000)),
  echo('random bytes', pattern('binary', RANDOM, RANDOM.length)),
  echo('the same text three times', { ...pattern('text', RANDOM.replaceAll(/\W/g, ''), 2000), repeats: 3 }),
  echo('text in 3 fragments', { ...pattern('text', ASCII, 1000), fragments: 3 }, 'fragments'),
  echo('1 MiB in 16 fragments', { ...pattern('binary', BYTES, 1_048_576), fragments: 16 }, 'fragments'),
];

export const OTHER_CASES: readonly InteropCase[] = [
  { title: 'ping by the peer', needs: ['ping'], order: order({ ping: 'are you there', close: DONE }), endsWith: DONE },
  {
    title: 'subprotocol',
    needs: [],
    order: order({ subprotocols: ['other', 'echo.v1'], close: DONE }),
    endsWith: DONE,
  },
  closedByPeer(1000, 'bye'),
  closedByPeer(1001, 'going away', 'any-code'),
  closedByPeer(3000, 'à bientôt'),
  closedByPeer(4999, ''),
  {
    title: 'closed by the peer without a code',
    needs: ['no-code'],
    order: order({ close: {} }),
    endsWith: { code: 1005, reason: '' },
  },
  closedByUs(1000, 'bye'),
  closedByUs(1001, 'going away'),
  closedByUs(1008, 'à bientôt'),
  closedByUs(4999, 'x'.repeat(123)),
  {
    title: 'a message too big for us: 1009',
    needs: [],
    order: order({ message: pattern('binary', BYTES, MAX_MESSAGE_BYTES + 1) }),
    endsWith: { code: 1006, reason: '' },
  },
];

/** What an echo case must bring back. */
export function echoesOf({ order: { message } }: InteropCase): unknown[] {
  if (message === undefined) return [];
  const size = Buffer.from(messageOf(message)).length;
  return Array.from({ length: message.repeats }, () => ({ kind: message.kind, size, same: true }));
}

function order(changes: Partial<Order>): Omit<Order, 'url'> {
  return { subprotocols: [], ...changes };
}

/** @param size in characters, which are bytes but for the text beyond ASCII */
function pattern(kind: 'text' | 'binary', unit: string, size: number): MessagePattern {
  const times = Math.floor(size / unit.length);
  return { kind, unit, times, rest: unit.slice(0, size % unit.length), fragments: 1, repeats: 1 };
}

function echo(title: string, message: MessagePattern, ...needs: Ability[]): InteropCase {
  return { title, needs, order: order({ message, close: DONE }), endsWith: DONE };
}

function closedByPeer(code: number, reason: string, ...needs: Ability[]): InteropCase {
  const close = { code, reason };
  return { title: `closed by the peer with ${code}`, needs, order: order({ close }), endsWith: close };
}

function closedByUs(code: number, reason: string): InteropCase {
  const close = { code, reason };
  return { title: `closed by us with ${code}`, needs: [], order: order({}), closedByUs: close, endsWith: close };
}
