// What an application may say of its NATS: where it is, what the topics are called there, and whether JetStream remembers them.
// Judged when the broker is made.

import type { NodeConnectionOptions } from '@nats-io/transport-node';
import { DEFAULT_HISTORY, type HistoryOptions } from '../../broker.js';
import { InvalidBrokerOptionError, resolveHistory } from '../../history-options.js';

/** The stream that remembers the topics. */
export interface NatsStreamOptions {
  /** Its name, unique in the account. @default the subject prefix, with `-` for `.` */
  readonly stream?: string;
  /** Servers of a cluster that each have all of it, 1 to 5. @default 1 */
  readonly replicas?: number;
  /** Where its messages are. In memory they are gone when the server restarts, and clients are told so. @default 'file' */
  readonly storage?: 'file' | 'memory';
}

/** What the broker needs to be otherwise, to keep what it promises. */
type OurOptions =
  'ignoreAuthErrorAbort' | 'maxReconnectAttempts' | 'noEcho' | 'port' | 'reconnect' | 'servers' | 'waitOnFirstConnect';

/**
 * The options of `connect` in `@nats-io/transport-node` (`user`, `pass`, `token`, `authenticator`, `tls`, `name` …), and those of
 * the broker. A connection that hears nothing is given up after `pingInterval` × (`maxPingOut` + 1), 9 s by default.
 */
export interface NatsBrokerOptions extends Omit<NodeConnectionOptions, OurOptions> {
  /** Such as `nats://localhost:4222`; of a cluster, one or several. */
  readonly servers: string | readonly string[];
  /** All subjects begin with it: tokens of letters, digits, `-` and `_`, joined by `.`. @default 'nestwire' */
  readonly subjectPrefix?: string;
  /** Whether JetStream remembers the topics; otherwise they are live only. @default false */
  readonly jetstream?: boolean | NatsStreamOptions;
  /** How much JetStream keeps of each topic. @default { maxMessages: 256, maxAgeMs: 120000 } */
  readonly history?: Partial<HistoryOptions>;
}

export interface ResolvedStream {
  readonly stream: string;
  /** Undefined where the stream that is there decides. */
  readonly replicas: number | undefined;
  readonly storage: 'file' | 'memory' | undefined;
  readonly history: HistoryOptions;
}

export interface ResolvedNatsOptions {
  readonly connection: NodeConnectionOptions;
  readonly servers: readonly string[];
  readonly prefix: string;
  /** Undefined without JetStream. */
  readonly stream: ResolvedStream | undefined;
}

const PREFIX = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const STREAM = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_REPLICAS = 5;
/** JetStream knows no shorter age. */
const MIN_AGE_MS = 100;

/** A server that stops answering is noticed, and one that is back is found, within seconds. */
const CONNECTION_DEFAULTS: NodeConnectionOptions = {
  name: 'nestwire',
  pingInterval: 3_000,
  maxPingOut: 2,
  timeout: 5_000,
  reconnectTimeWait: 500,
  reconnectJitter: 500,
  noAsyncTraces: true,
};

/** @throws InvalidBrokerOptionError */
export function resolveNatsOptions(given: NatsBrokerOptions): ResolvedNatsOptions {
  const { servers: givenServers, subjectPrefix = 'nestwire', jetstream = false, history, ...connection } = given;
  const servers = resolveServers(givenServers);
  if (typeof subjectPrefix !== 'string' || !PREFIX.test(subjectPrefix)) {
    const allowed = 'tokens of letters, digits, "-" and "_", joined by "."';
    throw new InvalidBrokerOptionError('subjectPrefix', subjectPrefix, allowed);
  }
  const stream = resolveStream(jetstream, subjectPrefix, history);
  return { connection: { ...CONNECTION_DEFAULTS, ...connection }, servers, prefix: subjectPrefix, stream };
}

function resolveStream(
  jetstream: boolean | NatsStreamOptions,
  prefix: string,
  history: Partial<HistoryOptions> | undefined,
): ResolvedStream | undefined {
  if (jetstream === false) {
    if (history === undefined) return undefined;
    throw new InvalidBrokerOptionError(
      'history',
      history,
      'left out where the option "jetstream" is: only it has history',
    );
  }
  if (jetstream !== true && (typeof jetstream !== 'object' || jetstream === null)) {
    throw new InvalidBrokerOptionError('jetstream', jetstream, 'a boolean or an object');
  }
  const { stream = prefix.replaceAll('.', '-'), replicas, storage } = jetstream === true ? {} : jetstream;
  if (typeof stream !== 'string' || !STREAM.test(stream)) {
    throw new InvalidBrokerOptionError('jetstream.stream', stream, '1 to 64 letters, digits, "-" and "_"');
  }
  if (replicas !== undefined && (!Number.isInteger(replicas) || replicas < 1 || replicas > MAX_REPLICAS)) {
    throw new InvalidBrokerOptionError('jetstream.replicas', replicas, `an integer from 1 to ${MAX_REPLICAS}`);
  }
  if (storage !== undefined && storage !== 'file' && storage !== 'memory') {
    throw new InvalidBrokerOptionError('jetstream.storage', storage, '"file" or "memory"');
  }
  const resolved = resolveHistory(history, DEFAULT_HISTORY);
  if (resolved.maxAgeMs < MIN_AGE_MS) {
    throw new InvalidBrokerOptionError('history.maxAgeMs', resolved.maxAgeMs, `at least ${MIN_AGE_MS} for JetStream`);
  }
  return { stream, replicas, storage, history: resolved };
}

function resolveServers(given: string | readonly string[]): readonly string[] {
  const servers = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(servers) || servers.length === 0 || !servers.every((each) => isText(each))) {
    throw new InvalidBrokerOptionError('servers', given, 'an address such as "nats://localhost:4222", or a list');
  }
  if (servers.some((each) => each.includes('@'))) {
    // Not to be shown: it holds a password.
    throw new InvalidBrokerOptionError('servers', 'with them', 'without names and passwords: see "user" and "pass"');
  }
  return servers;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
