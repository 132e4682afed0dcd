// What may be said of a Redis broker, judged when it is made, and what it makes of that for ioredis.

import type { Redis, RedisOptions } from 'ioredis';
import type { HistoryOptions } from '../../broker.js';
import { InvalidBrokerOptionError } from '../../history-options.js';

/** What holds of every connection: nothing is sent that nobody waits for any more, nothing twice, and we subscribe ourselves. */
const DECIDED = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  // What is pending when a connection is lost is rejected then.
  maxRetriesPerRequest: 0,
  enableReadyCheck: true,
  enableAutoPipelining: false,
  readOnly: false,
  stringNumbers: false,
  connectionName: 'nestwire',
  // Otherwise ioredis asks sentinels that are not there again and again, and says nothing: we do, and say so.
  sentinelRetryStrategy: () => null,
  // Closing is closing: who leaves has said goodbye before.
  disconnectTimeout: 0,
} as const;

/** Said by options of ours, or of no use here. */
const REPLACED = [
  'keyPrefix',
  'connectTimeout',
  'retryStrategy',
  'reconnectOnError',
  'commandTimeout',
  'socketTimeout',
  'monitor',
  'replyMapping',
] as const;

const REFUSED: ReadonlySet<string> = new Set([...Object.keys(DECIDED), ...REPLACED]);

/** Options of ioredis that are the user's. */
type RedisClientOptions = Omit<RedisOptions, keyof typeof DECIDED | (typeof REPLACED)[number]>;

export interface RedisBrokerOptions {
  /**
   * `redis://[[user]:password@]host[:port][/database]`, or `rediss://` for TLS.
   * @default 'redis://localhost:6379'
   */
  readonly url?: string;
  /** Options of ioredis for both connections, such as `tls` or `sentinels`, but for those that the broker decides itself. */
  readonly client?: RedisClientOptions;
  /**
   * What keys and channels begin with; applications that share a server need different ones, also where their databases have
   * different numbers. Letters, digits and `_`, `-`, `.`, `:`.
   * @default 'nestwire'
   */
  readonly keyPrefix?: string;
  /** How much is kept of each topic; `false` for nothing. @default { maxMessages: 256, maxAgeMs: 120000 } */
  readonly history?: Partial<HistoryOptions> | false;
  /** How long a connection may take to be made and to be ready, in milliseconds. @default 10000 */
  readonly connectTimeoutMs?: number;
  /** How often each connection is tried, in milliseconds. @default 5000 */
  readonly pingIntervalMs?: number;
  /** How long the server may take to answer that, in milliseconds; then the connection is made anew. @default 5000 */
  readonly pingTimeoutMs?: number;
}

export interface ConnectionLimits {
  readonly connectTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
}

const DEFAULT_LIMITS: ConnectionLimits = { connectTimeoutMs: 10_000, pingIntervalMs: 5_000, pingTimeoutMs: 5_000 };

const MIN_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

/** @throws InvalidBrokerOptionError */
export function checkRedisOptions(options: RedisBrokerOptions): void {
  const { url, client, keyPrefix } = options;
  if (url !== undefined && !isRedisUrl(url)) {
    // The value may contain a password.
    throw new InvalidBrokerOptionError('url', typeof url === 'string' ? 'what was given' : url, 'redis://host:port');
  }
  if (client !== undefined && (typeof client !== 'object' || client === null)) {
    throw new InvalidBrokerOptionError('client', client, 'an object of options of ioredis');
  }
  const refused = Object.keys(client ?? {}).find((key) => REFUSED.has(key));
  if (refused !== undefined) {
    throw new InvalidBrokerOptionError(`client.${refused}`, 'set', 'left out: the broker decides it');
  }
  if (keyPrefix !== undefined && !(typeof keyPrefix === 'string' && /^[\w.:-]{1,64}$/.test(keyPrefix))) {
    throw new InvalidBrokerOptionError('keyPrefix', keyPrefix, '1 to 64 letters, digits and "_", "-", ".", ":"');
  }
}

/** @throws InvalidBrokerOptionError */
export function resolveLimits(options: RedisBrokerOptions): ConnectionLimits {
  const resolved = { ...DEFAULT_LIMITS };
  for (const key of Object.keys(DEFAULT_LIMITS) as (keyof ConnectionLimits)[]) {
    const value = options[key];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 1) throw new InvalidBrokerOptionError(key, value, 'an integer from 1');
    resolved[key] = value;
  }
  return resolved;
}

/** One connection, not made yet. @param attempt tells how many attempts have failed in a row */
export function createClient(
  RedisClass: typeof Redis,
  { url, client }: RedisBrokerOptions,
  { connectTimeoutMs }: ConnectionLimits,
  attempt: () => number,
): Redis {
  const retryStrategy = (): number => retryDelayMs(attempt());
  const options = { ...client, ...DECIDED, connectTimeout: connectTimeoutMs, retryStrategy };
  return url === undefined ? new RedisClass(options) : new RedisClass(url, options);
}

/** Where the server is, without what is secret. */
export function describeServer({ url, client }: RedisBrokerOptions): string {
  if (client?.sentinels) return `the master ${client.name} of its sentinels`;
  if (url === undefined) return client?.path ?? `redis://${client?.host ?? 'localhost'}:${client?.port ?? 6379}`;
  const { protocol, hostname, port } = new URL(url);
  return `${protocol}//${hostname}:${port || 6379}`;
}

function isRedisUrl(url: unknown): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return (protocol === 'redis:' || protocol === 'rediss:') && hostname !== '';
}

/** With chance, so that nodes that lost the same server do not come back all at once. */
function retryDelayMs(attempt: number): number {
  return Math.min(MIN_RETRY_MS * 2 ** Math.min(attempt, 10), MAX_RETRY_MS) * (0.5 + Math.random() / 2);
}
