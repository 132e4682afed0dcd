// The limits of a connection where nothing else is said, the same for servers and clients.

import type { ConnectionOptions } from './connection.js';

export const DEFAULT_CONNECTION_LIMITS: ConnectionOptions['limits'] = {
  maxMessageBytes: 1024 * 1024,
  maxFragments: 1024,
  reassemblyTimeoutMs: 30_000,
  closeTimeoutMs: 10_000,
  maxBufferedBytes: 1024 * 1024,
  maxPendingPongs: 16,
};
