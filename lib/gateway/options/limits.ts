// What a peer may cost: the limits of every resource that it could exhaust. Where there is a 0, there is no limit.

import { DEFAULT_CONNECTION_LIMITS } from '../../connection/default-limits.js';

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
  /** Topics that one client may be subscribed to at a time, with those it is subscribed to by the application. @default 128 */
  readonly maxTopics: number;
}

export const DEFAULT_LIMITS: WireLimits = {
  ...DEFAULT_CONNECTION_LIMITS,
  handshakeTimeoutMs: 10_000,
  connectTimeoutMs: 10_000,
  maxStreams: 64,
  maxMessagesInWork: 256,
  maxTopics: 128,
};

/** What holds under `compatibility: 'platform-ws'`: the defaults of `ws`, which has no limit where there is a 0. */
export const PLATFORM_WS_LIMITS: WireLimits = {
  ...DEFAULT_LIMITS,
  maxMessageBytes: 100 * 1024 * 1024,
  maxFragments: 16 * 1024,
  reassemblyTimeoutMs: 0,
  handshakeTimeoutMs: 0,
  closeTimeoutMs: 30_000,
  maxBufferedBytes: 0,
  maxMessagesInWork: 0,
};
