import { describe, expect, it } from '@jest/globals';
import { readServerInfo } from '../../../../lib/topic/brokers/redis/redis-server-info.js';

const NEVER = '0'.repeat(40);

function info(fields: { readonly [name: string]: string }): string {
  const all = { redis_version: '7.0.15', run_id: 'a1b2', role: 'master', master_replid2: NEVER, ...fields };
  const lines = Object.entries(all).map(([name, value]) => `${name}:${value}`);
  return ['# Server', ...lines, '', '# Replication'].join('\r\n');
}

describe('readServerInfo', () => {
  it('tells processes apart, and the lives of one as a master', () => {
    const { identity } = readServerInfo(info({}));
    expect(readServerInfo(info({ uptime_in_seconds: '7' })).identity).toBe(identity);
    expect(readServerInfo(info({ run_id: 'c3d4' })).identity).not.toBe(identity);
    expect(readServerInfo(info({ master_replid2: 'e5'.repeat(20) })).identity).not.toBe(identity);
    // It goes into a text of words.
    expect(identity).toMatch(/^\S+$/);
  });

  it('knows a server by its process alone where it does not say when it became a master', () => {
    const short = info({}).replace(/master_replid2:.*/, '');
    const { identity } = readServerInfo(short);
    expect(readServerInfo(short).identity).toBe(identity);
    expect(readServerInfo(short.replace('a1b2', 'c3d4')).identity).not.toBe(identity);
  });

  it.each(['7.0.0', '7.2.4', '8.4.0', '10.0.0'])('takes version %s', (version) => {
    expect(() => readServerInfo(info({ redis_version: version }))).not.toThrow();
  });

  it.each([
    ['its version is 6.2.14', info({ redis_version: '6.2.14' })],
    ['its version is unknown', ''],
    ['it is a replica', info({ role: 'slave' })],
    ['it does not tell its run_id', info({ run_id: '' })],
  ])('says that %s', (why, text) => {
    expect(() => readServerInfo(text)).toThrow(why);
  });
});
