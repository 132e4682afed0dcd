// What a fuzz target is, and how its input is read: the first byte sets its options, the second how the rest is cut.

import { Buffer } from 'node:buffer';
import { Random } from './random.js';

/**
 * Feeds one parser with the input. It may end in any way that is documented; all else it throws, and that is a finding.
 * @returns what the input led to, in a word; one that led to something new is kept and changed further
 */
export type Target = (input: Uint8Array) => string | Promise<string>;

/** An option of a target, one bit of its first byte. */
export const isSet = (options: number, bit: number): boolean => (options & (1 << bit)) !== 0;

export interface ReadInput {
  readonly options: number;
  readonly bytes: Buffer;
  /** The bytes in pieces: in one, byte by byte, or cut by chance; each a copy, for decoders change what they are fed. */
  readonly pieces: readonly Buffer[];
}

export function readInput(input: Uint8Array): ReadInput {
  const [options = 0, cutting = 0] = input;
  const bytes = Buffer.from(input.subarray(2));
  return { options, bytes, pieces: cutBySeed(bytes, cutting) };
}

function cutBySeed(bytes: Buffer, seed: number): Buffer[] {
  if (seed === 0) return [Buffer.from(bytes)];
  const random = new Random(seed);
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const size = seed === 1 ? 1 : 1 + random.below(random.oneIn(5) ? 5000 : 12);
    pieces.push(Buffer.from(bytes.subarray(from, from + size)));
    from += size;
  }
  return pieces;
}

/** @throws when a documented rule of the target does not hold */
export function must(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new Error(`broken: ${rule}`);
}

/** @throws with both, shortened, when they differ */
export function mustEqual(actual: readonly string[], expected: readonly string[], rule: string): void {
  const [left, right] = [actual.join('\n'), expected.join('\n')];
  if (left !== right)
    throw new Error(`broken: ${rule}\n--- got\n${left.slice(0, 2000)}\n--- expected\n${right.slice(0, 2000)}`);
}
