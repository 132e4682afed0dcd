// What a Redis server says of itself, as far as a broker must know it: whether it will do, and which life of which server it is.

import type { Redis } from 'ioredis';

const MIN_MAJOR_VERSION = 7;

export interface RedisServerInfo {
  /**
   * Another one for each process that is a master, and for each time that a process became one: whatever another identity
   * wrote may have been cut short.
   */
  readonly identity: string;
}

export async function askServerInfo(client: Redis): Promise<RedisServerInfo> {
  return readServerInfo(await client.info('server', 'replication'));
}

/** @param info the answer to INFO server replication @throws Error that says what does not do */
export function readServerInfo(info: string): RedisServerInfo {
  const fields = new Map<string, string>();
  for (const line of info.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  const version = fields.get('redis_version') ?? 'unknown';
  if (!(Number.parseInt(version, 10) >= MIN_MAJOR_VERSION)) {
    throw new Error(`its version is ${version}: Redis from ${MIN_MAJOR_VERSION}, or Valkey, is needed`);
  }
  if (fields.get('role') !== 'master') {
    throw new Error(`it is a replica, which takes no messages: the address of its master is needed`);
  }
  const runId = fields.get('run_id');
  if (runId === undefined || !/^\w+$/.test(runId)) throw new Error('it does not tell its run_id (INFO server)');
  // Set when a replica becomes a master: a process that was one before is another one now.
  const promotion = fields.get('master_replid2') ?? '';
  return { identity: `${runId}.${promotion.slice(0, 16)}` };
}
