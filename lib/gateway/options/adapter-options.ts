// What an application may say to `new WireAdapter(app, options)`, and what holds when it says nothing. Defaults are safe: every
// resource that a peer could exhaust has a limit, and 0 turns a limit off.

import type { HeartbeatOptions } from '../../connection/heartbeat.js';
import type { HandshakeFilter, HandshakeGuard } from '../handshake/handshake-enhancers.js';
import { DEFAULT_DRAIN } from '../shutdown/drain-options.js';
import { InvalidOptionError } from './invalid-option.error.js';
import { DEFAULT_LIMITS, PLATFORM_WS_LIMITS } from './limits.js';
import { checkBoolean, checkChoice, checkObject, checkOptionalFunction } from './option-checks.js';
import { type PathOptions, type ResolvedPathOptions, resolvePathOptions } from './path-options.js';

/** What a text message (a string) or a binary message (a Buffer) is turned into before its handlers are looked up. */
export type MessageParser = (data: string | Buffer) => { event: unknown; data?: unknown; id?: unknown } | void;

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

export const DEFAULT_HEARTBEAT: HeartbeatOptions = { intervalMs: 25_000, timeoutMs: 20_000 };

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

/** @param method what every instance has */
function checkEnhancers<T>(option: string, given: readonly T[] = [], method: string): readonly T[] {
  const isOne = (one: unknown): boolean =>
    typeof one === 'function' || typeof (one as Record<string, unknown> | null)?.[method] === 'function';
  if (Array.isArray(given) && given.every(isOne)) return given;
  throw new InvalidOptionError(option, given, `a list of classes or instances with a method "${method}"`);
}
