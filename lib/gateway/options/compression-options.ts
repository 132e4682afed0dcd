// How messages are compressed (RFC 7692): what may be said about it, and what holds when nothing is said.

import { InvalidOptionError } from './invalid-option.error.js';
import { checkBoolean, checkObject } from './option-checks.js';

/** How messages are compressed where a client offers permessage-deflate. */
export interface CompressionOptions {
  /** Keeps windows from one message to the next: better ratios, some 300 KiB more for each connection. @default false */
  readonly takeover?: boolean;
  /** Shortest message that is compressed, in bytes. @default 1024 */
  readonly thresholdBytes?: number;
  /** zlib's effort, 0 (none) to 9 (most); -1 is 2 where windows are forgotten and 4 where they are kept. @default -1 */
  readonly level?: number;
  /** zlib's memory for compressing, 1 to 9. @default 8 */
  readonly memoryLevel?: number;
  /** The base-2 logarithm of the window, 9 to 15; asked of clients too. @default 15 */
  readonly windowBits?: number;
  /** How many large messages are at work on other threads at a time, in the whole process. @default 4 */
  readonly maxJobs?: number;
}

export const DEFAULT_COMPRESSION: Required<CompressionOptions> = {
  takeover: false,
  thresholdBytes: 1024,
  level: -1,
  memoryLevel: 8,
  windowBits: 15,
  maxJobs: 4,
};

/** The numbers of a compression that have bounds, with what they are. */
const COMPRESSION_RANGES = [
  ['thresholdBytes', 0, Number.MAX_SAFE_INTEGER],
  ['level', -1, 9],
  ['memoryLevel', 1, 9],
  ['windowBits', 9, 15],
  ['maxJobs', 1, 1024],
] as const;

export function resolveCompression(
  given: boolean | CompressionOptions,
  base = DEFAULT_COMPRESSION,
): Required<CompressionOptions> | undefined {
  if (given === false) return undefined;
  if (given === true) return base;
  checkObject('compression', given, Object.keys(DEFAULT_COMPRESSION));
  const resolved = { ...base, ...withoutUndefined(given) };
  checkBoolean('compression.takeover', resolved.takeover);
  for (const [name, min, max] of COMPRESSION_RANGES) {
    const value = resolved[name];
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new InvalidOptionError(`compression.${name}`, value, `an integer from ${min} to ${max}`);
    }
  }
  return resolved;
}

function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
