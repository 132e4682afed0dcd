// What may be said about how clients are sent away, and what holds when nothing is said.

import { CloseCode } from '../../frame/close-code.js';
import { InvalidOptionError } from '../options/invalid-option.error.js';
import { resolveNumbers } from '../options/option-checks.js';

/** How clients are sent away when the server shuts down. */
export interface DrainOptions {
  /** By when the last has gone, in milliseconds; 0 for as long as it takes. @default 10000 */
  readonly timeoutMs: number;
  /** Over how long the closing of idle clients is spread, so that they do not all come back at once, in ms. @default 0 */
  readonly spreadMs: number;
  /** The code they are closed with: 1001 (going away) or 1012 (service restart). @default 1001 */
  readonly closeCode: number;
  /** What the 503 tells those who come meanwhile to wait, in seconds. @default 5 */
  readonly retryAfterSeconds: number;
}

export const DEFAULT_DRAIN: DrainOptions = {
  timeoutMs: 10_000,
  spreadMs: 0,
  closeCode: CloseCode.GOING_AWAY,
  retryAfterSeconds: 5,
};

/** The codes that tell a client to come again (RFC 6455 §7.4.1 and the IANA registry). */
const DRAIN_CODES = new Set<number>([CloseCode.GOING_AWAY, CloseCode.SERVICE_RESTART]);

/** Lays what is given over what holds. @throws InvalidOptionError */
export function resolveDrain(given: Partial<DrainOptions> | undefined, base: DrainOptions): DrainOptions {
  const resolved = resolveNumbers('drain', given, base);
  const { closeCode, spreadMs, timeoutMs } = resolved;
  if (!DRAIN_CODES.has(closeCode)) throw new InvalidOptionError('drain.closeCode', closeCode, '1001 or 1012');
  if (timeoutMs > 0 && spreadMs > timeoutMs) {
    throw new InvalidOptionError('drain.spreadMs', spreadMs, `at most drain.timeoutMs, which is ${timeoutMs}`);
  }
  return resolved;
}
