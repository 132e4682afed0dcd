// What may be said for one path or for all, and the laying of the one over the other.

import type { ConnectionOptions } from '../../connection/connection.js';
import type { HeartbeatOptions } from '../../connection/heartbeat.js';
import { isToken } from '../../handshake/header-grammar.js';
import type { OriginPolicy } from '../../handshake/origin-policy.js';
import { type DrainOptions, resolveDrain } from '../shutdown/drain-options.js';
import { type CompressionOptions, resolveCompression } from './compression-options.js';
import { InvalidOptionError } from './invalid-option.error.js';
import type { WireLimits } from './limits.js';
import { checkBoolean, resolveNumbers } from './option-checks.js';
import { checkOrigins } from './origins.js';
import type { HandleProtocols, VerifyClient } from './ws-options.js';

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

function checkTokens(subprotocols: unknown): readonly string[] {
  const areTokens =
    Array.isArray(subprotocols) && subprotocols.every((name) => typeof name === 'string' && isToken(name));
  if (!areTokens) throw new InvalidOptionError('subprotocols', subprotocols, 'a list of tokens (RFC 6455 §4.1)');
  return subprotocols;
}
