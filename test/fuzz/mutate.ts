// Changes inputs as chance has it: bits, bytes that matter, cuts, repeats, splices with other inputs. An input in, another
// out; the original stays as it is.

import { Buffer } from 'node:buffer';
import type { Random } from './random.js';

/** The longest input, in bytes. */
const MAX_INPUT_BYTES = 64 * 1024;

/** Where parsers take turns: ends of ranges, lengths that announce longer forms, first bytes of frames and of UTF-8. */
const BYTES = [
  0x00, 0x01, 0x02, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a, 0xc0, 0xc1, 0xe0, 0xed, 0xf0, 0xf4, 0xfe,
  0xff,
];
const TEXTS = [
  ',',
  ';',
  '=',
  '"',
  '\\',
  ' ',
  '\t',
  '\r\n',
  '\n',
  ':',
  '/',
  '[',
  ']',
  '{',
  '}',
  '%',
  '@',
  '#',
  'null',
  '1e999',
  '-0',
  '__proto__',
  'constructor',
  'permessage-deflate',
  'client_max_window_bits',
  '\u0000',
  'é',
  '€',
  '𝄞',
  '\ufeff',
  '\u0000\u0000\uffff',
].map((text) => Buffer.from(text));

type Mutation = (input: Buffer, random: Random, pool: readonly Uint8Array[]) => Buffer;

const replaced = (input: Buffer, from: number, to: number, by: Uint8Array): Buffer =>
  Buffer.concat([input.subarray(0, from), by, input.subarray(to)]);

/** A random part of an input, mostly a short one. */
function part(input: Uint8Array, random: Random): [from: number, to: number] {
  const from = random.below(input.length + 1);
  const longest = random.oneIn(4) ? input.length - from : Math.min(16, input.length - from);
  return [from, from + random.below(longest + 1)];
}

function changedByte(input: Buffer, random: Random, change: (byte: number) => number): Buffer {
  if (input.length === 0) return input;
  const changed = Buffer.from(input);
  const place = random.below(changed.length);
  changed[place] = change(changed[place]!);
  return changed;
}

const MUTATIONS: readonly Mutation[] = [
  // A bit, a byte, a little more or less.
  (input, random) => changedByte(input, random, (byte) => byte ^ (1 << random.below(8))),
  (input, random) => changedByte(input, random, () => random.below(256)),
  (input, random) => changedByte(input, random, () => random.pick(BYTES)),
  (input, random) => changedByte(input, random, (byte) => byte + random.below(9) - 4),
  // Out, in, twice, elsewhere.
  (input, random) => replaced(input, ...part(input, random), Buffer.alloc(0)),
  (input, random) => {
    const place = random.below(input.length + 1);
    return replaced(input, place, place, random.oneIn(2) ? random.pick(TEXTS) : Uint8Array.of(random.pick(BYTES)));
  },
  (input, random) => {
    const [from, to] = part(input, random);
    const copies = Array.from({ length: 1 + random.below(random.oneIn(50) ? 4000 : 8) }, () =>
      input.subarray(from, to),
    );
    return replaced(input, to, to, Buffer.concat(copies));
  },
  (input, random) => {
    const place = random.below(input.length + 1);
    return replaced(input, place, place, input.subarray(...part(input, random)));
  },
  (input, random) => input.subarray(0, random.below(input.length + 1)),
  // Together with another.
  (input, random, pool) => {
    const other = random.pick(pool);
    return replaced(input, ...part(input, random), other.subarray(...part(other, random)));
  },
  (input, random, pool) => {
    const other = random.pick(pool);
    return Buffer.concat([
      input.subarray(0, random.below(input.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]);
  },
];

/** An input of the pool, changed once or a few times. */
export function mutate(random: Random, pool: readonly Uint8Array[]): Buffer {
  let input = Buffer.from(random.pick(pool));
  for (let rounds = 1 + random.below(random.oneIn(4) ? 12 : 4); rounds > 0; rounds--) {
    input = Buffer.from(random.pick(MUTATIONS)(input, random, pool).subarray(0, MAX_INPUT_BYTES));
  }
  return input;
}
