// What a user may set, what holds when nothing is set, and the judgement of both at start-up. Defaults are safe: every
// resource that a peer could exhaust has a limit, and 0 turns a limit off.

import type { IncomingMessage } from 'node:http';
import { inspect } from 'node:util';
import type { ConnectionOptions } from '../connection/connection.js';
import { DEFAULT_CONNECTION_LIMITS } from '../connection/default-limits.js';
import type { HeartbeatOptions } from '../connection/heartbeat.js';
import type { HandshakeFilter, HandshakeGuard } from './handshake/handshake-enhancers.js';
import { isToken } from '../handshake/header-grammar.js';
import type { OriginPolicy } from '../handshake/origin-policy.js';
import { DEFAULT_DRAIN, DRAIN_CODES, type DrainOptions } from './shutdown/drain-options.js';

/** What a text message (a string) or a binary message (a Buffer) is turned into before its handlers are looked up. */
export type MessageParser = (data: string | Buffer) => { event: unknown; data?: unknown; id?: unknown } | void;

/** As in `ws`: whether a handshake may go on; a refusal may choose its HTTP answer. */
export type VerifyClient =
  ((info: VerifyClientInfo) => boolean) | ((info: VerifyClientInfo, callback: VerifyClientCallback) => void);

export interface VerifyClientInfo {
  readonly origin: string | undefined;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  readonly req: IncomingMessage;
}

export type VerifyClientCallback = (
  verified: boolean,
  status?: number,
  message?: string,
  headers?: Readonly<Record<string, string>>,
) => void;

/** As in `ws`: chooses one of the subprotocols that the client offered, or none. */
export type HandleProtocols = (offered: Set<string>, request: IncomingMessage) => string | false;

export interface WireLimits {
  /** Longest message, in bytes. @default 1048576 (1 MiB) */
  readonly maxMessageBytes: number;
  /** Most frames one message may come in. @default 1024 */
  readonly maxFragments: number;
  /** From a message's first byte to its last, in milliseconds. @default 30000 */
  readonly reassemblyTimeoutMs: number;
  /** From the TCP connection to its first request or upgrade, and from an upgrade to its answer, in ms. @default 10000 */
  readonly handshakeTimeoutMs: number;
  /** How long messages wait for an async `handleConnection`, in milliseconds; then the client is closed. @default 10000 */
  readonly connectTimeoutMs: number;
  /** From the first Close frame to the end of the connection, in milliseconds. @default 10000 */
  readonly closeTimeoutMs: number;
  /** Bytes that may wait to be sent to one client. @default 1048576 (1 MiB) */
  readonly maxBufferedBytes: number;
  /** Pongs that may wait while a client does not read. @default 16 */
  readonly maxPendingPongs: number;
  /** Requests with an id that may be unanswered at a time on one connection. @default 64 */
  readonly maxStreams: number;
  /** Messages without an id, and their streams, that may be at work at a time on one connection; more wait. @default 256 */
  readonly maxMessagesInWork: number;
}

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

/** What can be set for the whole adapter and, in `@WebSocketGateway(options)`, for one path. */
export interface PathOptions {
  readonly limits?: Partial<WireLimits>;
  /** Pings on a quiet line. @default { intervalMs: 25000, timeoutMs: 20000 } */
  readonly heartbeat?: Partial<HeartbeatOptions>;
  /**
   * Whether a client's messages wait for a `handleConnection` that returns a promise; `false` is Nest's way, where they
   * overtake it. @default true
   */
  readonly connectGate?: boolean;
  /** How clients are sent away when the server shuts down; not for `compatibility: 'platform-ws'`, which cuts them off. */
  readonly drain?: Partial<DrainOptions>;
  /** Whether messages may be compressed (RFC 7692), and how. @default false */
  readonly compression?: boolean | CompressionOptions;
  /** Which web pages may connect. @default 'same-origin' */
  readonly origins?: OriginPolicy['origins'];
  /** Subprotocols that are spoken; absent, the client's first choice is taken, as with `ws`. */
  readonly subprotocols?: readonly string[];
}

/** The options of {@link WireAdapter}. */
export interface WireAdapterOptions extends PathOptions {
  /** Whether `Forwarded` and `X-Forwarded-*` fields are believed when origins are compared. @default false */
  readonly trustProxy?: boolean;
  /**
   * What happens to an upgrade whose path is no gateway's: a 404 (`refuse`), nothing (`ignore`), or a 404 only when
   * nobody else listens for upgrades on that HTTP server (`auto`). @default 'auto'
   */
  readonly unmatchedUpgrade?: 'auto' | 'refuse' | 'ignore';
  /** Whether gateways on ports of their own listen there; `false` is for specs (docs/testing.md). @default true */
  readonly listen?: boolean;
  /**
   * Guards before the handshakes of all gateways, in front of those of `@UseHandshakeGuards()`: instances, or classes that are
   * providers of some module. @default none
   */
  readonly handshakeGuards?: readonly HandshakeGuard[];
  /** Exception filters for the handshakes of all gateways; asked after those of `@UseHandshakeFilters()`. @default none */
  readonly handshakeFilters?: readonly HandshakeFilter[];
  /** Replaces `JSON.parse` for messages; nothing returned means that the message is dropped. */
  readonly messageParser?: MessageParser;
  /** `platform-ws` turns off the differences to `@nestjs/platform-ws` that docs/migration.md says it does. @default 'none' */
  readonly compatibility?: 'none' | 'platform-ws';
  /**
   * Whether handlers without guards, interceptors and pipes are called without Nest's pipeline, which changes nothing but
   * the time it takes. `false` where a library hooks into the pipeline itself. @default true
   */
  readonly directCalls?: boolean;
  /**
   * Whether exceptions in gateways that no filter of the gateway takes go to global filters too (`app.useGlobalFilters()`, `APP_FILTER`;
   * not to request-scoped ones); filters that were written for HTTP fail there. @default false
   */
  readonly useGlobalFilters?: boolean;
}

/** What holds for one path, every value present. */
export interface ResolvedPathOptions extends ConnectionOptions {
  readonly limits: WireLimits;
  readonly heartbeat: HeartbeatOptions;
  readonly connectGate: boolean;
  readonly drain: DrainOptions;
  readonly compression: Required<CompressionOptions> | undefined;
  readonly origins: OriginPolicy['origins'];
  readonly subprotocols: readonly string[] | undefined;
  readonly verifyClient: VerifyClient | undefined;
  readonly handleProtocols: HandleProtocols | undefined;
  readonly compatibility: 'none' | 'platform-ws';
}

export interface ResolvedAdapterOptions extends ResolvedPathOptions {
  readonly trustProxy: boolean;
  readonly unmatchedUpgrade: 'auto' | 'refuse' | 'ignore';
  readonly listen: boolean;
  readonly messageParser: MessageParser | undefined;
  readonly directCalls: boolean;
  readonly useGlobalFilters: boolean;
  readonly handshakeGuards: readonly HandshakeGuard[];
  readonly handshakeFilters: readonly HandshakeFilter[];
}

export const DEFAULT_LIMITS: WireLimits = {
  ...DEFAULT_CONNECTION_LIMITS,
  handshakeTimeoutMs: 10_000,
  connectTimeoutMs: 10_000,
  maxStreams: 64,
  maxMessagesInWork: 256,
};

export const DEFAULT_COMPRESSION: Required<CompressionOptions> = {
  takeover: false,
  thresholdBytes: 1024,
  level: -1,
  memoryLevel: 8,
  windowBits: 15,
  maxJobs: 4,
};

export const DEFAULT_HEARTBEAT: HeartbeatOptions = { intervalMs: 25_000, timeoutMs: 20_000 };

/** What holds under `compatibility: 'platform-ws'`: the defaults of `ws`, which has no limit where there is a 0. */
const PLATFORM_WS_LIMITS: WireLimits = {
  ...DEFAULT_LIMITS,
  maxMessageBytes: 100 * 1024 * 1024,
  maxFragments: 16 * 1024,
  reassemblyTimeoutMs: 0,
  handshakeTimeoutMs: 0,
  closeTimeoutMs: 30_000,
  maxBufferedBytes: 0,
  maxMessagesInWork: 0,
};

/** The longest delay that a timer of Node keeps. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** An option has a value that cannot be meant; the message names the option and what is allowed. */
export class InvalidOptionError extends TypeError {
  override readonly name = 'InvalidOptionError';

  constructor(option: string, value: unknown, allowed: string) {
    super(
      `nestwire: option "${option}" must be ${allowed}, not ${inspect(value, { depth: 1, breakLength: Infinity })}`,
    );
  }
}

const ADAPTER_KEYS = [
  'limits',
  'heartbeat',
  'connectGate',
  'drain',
  'compression',
  'origins',
  'subprotocols',
  'trustProxy',
  'unmatchedUpgrade',
  'listen',
  'messageParser',
  'handshakeGuards',
  'handshakeFilters',
  'compatibility',
  'directCalls',
  'useGlobalFilters',
];

/** @throws InvalidOptionError */
export function resolveAdapterOptions(options: WireAdapterOptions = {}): ResolvedAdapterOptions {
  checkObject('options', options, ADAPTER_KEYS);
  const { compatibility = 'none', trustProxy = false, unmatchedUpgrade = 'auto' } = options;
  const { listen = true, directCalls = true, useGlobalFilters = false } = options;
  checkChoice('compatibility', compatibility, ['none', 'platform-ws']);
  const isPlatformWs = compatibility === 'platform-ws';
  const base: ResolvedPathOptions = {
    limits: isPlatformWs ? PLATFORM_WS_LIMITS : DEFAULT_LIMITS,
    heartbeat: isPlatformWs ? { intervalMs: 0, timeoutMs: 0 } : DEFAULT_HEARTBEAT,
    autoPong: true,
    connectGate: !isPlatformWs,
    drain: DEFAULT_DRAIN,
    compression: undefined,
    origins: isPlatformWs ? 'any' : 'same-origin',
    subprotocols: undefined,
    verifyClient: undefined,
    handleProtocols: undefined,
    compatibility,
  };
  return {
    ...resolvePathOptions(options, base),
    trustProxy: checkBoolean('trustProxy', trustProxy),
    unmatchedUpgrade: checkChoice('unmatchedUpgrade', unmatchedUpgrade, ['auto', 'refuse', 'ignore']),
    listen: checkBoolean('listen', listen),
    messageParser: checkOptionalFunction('messageParser', options.messageParser),
    directCalls: checkBoolean('directCalls', directCalls),
    useGlobalFilters: checkBoolean('useGlobalFilters', useGlobalFilters),
    handshakeGuards: checkEnhancers('handshakeGuards', options.handshakeGuards, 'canActivate'),
    handshakeFilters: checkEnhancers('handshakeFilters', options.handshakeFilters, 'catch'),
  };
}

/** Lays the options of a path over those of the adapter. @throws InvalidOptionError */
export function resolvePathOptions(options: PathOptions, base: ResolvedPathOptions): ResolvedPathOptions {
  return {
    ...base,
    limits: resolveNumbers('limits', options.limits, base.limits),
    heartbeat: resolveNumbers('heartbeat', options.heartbeat, base.heartbeat),
    connectGate:
      options.connectGate === undefined ? base.connectGate : checkBoolean('connectGate', options.connectGate),
    drain: resolveDrain(options.drain, base.drain),
    compression:
      options.compression === undefined ? base.compression : resolveCompression(options.compression, base.compression),
    origins: options.origins === undefined ? base.origins : checkOrigins(options.origins),
    subprotocols: options.subprotocols === undefined ? base.subprotocols : checkTokens(options.subprotocols),
  };
}

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

function resolveNumbers<T extends object>(group: string, given: Partial<T> | undefined, base: T): T {
  if (given === undefined) return base;
  checkObject(group, given, Object.keys(base));
  const resolved: T = { ...base };
  for (const key of Object.keys(base) as (keyof T & string)[]) {
    const value = given[key];
    if (value === undefined) continue;
    const max = key.endsWith('Ms') ? MAX_TIMER_MS : Number.MAX_SAFE_INTEGER;
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max) {
      throw new InvalidOptionError(`${group}.${key}`, value, `an integer from 0 (off) to ${max}`);
    }
    resolved[key] = value;
  }
  return resolved;
}

function resolveDrain(given: Partial<DrainOptions> | undefined, base: DrainOptions): DrainOptions {
  const resolved = resolveNumbers('drain', given, base);
  const { closeCode, spreadMs, timeoutMs } = resolved;
  if (!DRAIN_CODES.includes(closeCode)) throw new InvalidOptionError('drain.closeCode', closeCode, '1001 or 1012');
  if (timeoutMs > 0 && spreadMs > timeoutMs) {
    throw new InvalidOptionError('drain.spreadMs', spreadMs, `at most drain.timeoutMs, which is ${timeoutMs}`);
  }
  return resolved;
}

function checkOrigins(origins: unknown): OriginPolicy['origins'] {
  const allowed =
    "'same-origin', 'any', or a list of origins as browsers send them, such as 'https://example.org' (no path, no slash)";
  if (origins === 'same-origin' || origins === 'any') return origins;
  if (!Array.isArray(origins)) throw new InvalidOptionError('origins', origins, allowed);
  for (const origin of origins) {
    if (!isOrigin(origin)) throw new InvalidOptionError('origins', origin, allowed);
  }
  return origins as string[];
}

/** `null` is what sandboxed pages and files send; other schemes (extensions, say) are opaque to the URL standard. */
function isOrigin(text: unknown): boolean {
  if (text === 'null') return true;
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const url = new URL(text);
  return url.origin === 'null' ? /^[a-z][a-z0-9+.-]*:\/\/[^/?#]+$/.test(text) : url.origin === text;
}

function checkTokens(subprotocols: unknown): readonly string[] {
  const areTokens =
    Array.isArray(subprotocols) && subprotocols.every((name) => typeof name === 'string' && isToken(name));
  if (!areTokens) throw new InvalidOptionError('subprotocols', subprotocols, 'a list of tokens (RFC 6455 §4.1)');
  return subprotocols;
}

/** @param method what every instance has */
function checkEnhancers<T>(option: string, given: readonly T[] = [], method: string): readonly T[] {
  const isOne = (one: unknown): boolean =>
    typeof one === 'function' || typeof (one as Record<string, unknown> | null)?.[method] === 'function';
  if (Array.isArray(given) && given.every(isOne)) return given;
  throw new InvalidOptionError(option, given, `a list of classes or instances with a method "${method}"`);
}

export function checkObject(option: string, value: unknown, keys: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidOptionError(option, value, `an object with any of ${keys.join(', ')}`);
  }
  for (const key of Object.keys(value)) {
    if (!keys.includes(key))
      throw new InvalidOptionError(option, `{ ${key} }`, `an object with any of ${keys.join(', ')}`);
  }
}

function checkChoice<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new InvalidOptionError(option, value, allowed.map((choice) => `'${choice}'`).join(' or '));
}

export function checkBoolean(option: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidOptionError(option, value, 'true or false');
}

export function checkOptionalFunction<T>(option: string, value: T | undefined): T | undefined {
  if (value === undefined || typeof value === 'function') return value;
  throw new InvalidOptionError(option, value, 'a function');
}
