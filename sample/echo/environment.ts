// The environment of the echo server, turned into options of the adapter. A variable that is not set leaves the default.

import type { CompressionOptions, WireAdapterOptions, WireLimits } from 'nestwire';

const DEFAULT_PORT = 3000;

export function readEnvironment(env: NodeJS.ProcessEnv): { port: number; options: WireAdapterOptions } {
  const number = (name: string): number | undefined => {
    const text = env[name];
    if (text === undefined || text === '') return undefined;
    if (!/^\d+$/.test(text)) throw new Error(`${name} must be a whole number, not "${text}"`);
    return Number(text);
  };
  return {
    port: number('PORT') ?? DEFAULT_PORT,
    options: {
      limits: withoutUndefined<WireLimits>({
        maxMessageBytes: number('MAX_MESSAGE_BYTES'),
        maxFragments: number('MAX_FRAGMENTS'),
        maxBufferedBytes: number('MAX_BUFFERED_BYTES'),
        handshakeTimeoutMs: number('HANDSHAKE_TIMEOUT_MS'),
        closeTimeoutMs: number('CLOSE_TIMEOUT_MS'),
      }),
      heartbeat: withoutUndefined({
        intervalMs: number('PING_INTERVAL_MS'),
        timeoutMs: number('PING_TIMEOUT_MS'),
      }),
      compression: compressionOf(env['COMPRESSION']),
      origins: env['ORIGINS'] ? env['ORIGINS'].split(',') : 'any',
    },
  };
}

/** Messages of every size are compressed, so that a conformance suite sees compressed ones. */
function compressionOf(name = 'off'): false | CompressionOptions {
  if (name === 'off') return false;
  if (name === 'on') return { thresholdBytes: 0 };
  if (name === 'takeover') return { thresholdBytes: 0, takeover: true };
  throw new Error(`COMPRESSION must be off, on or takeover, not "${name}"`);
}

function withoutUndefined<T>(values: { readonly [K in keyof T]?: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
