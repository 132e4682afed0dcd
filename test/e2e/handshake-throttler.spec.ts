// @nestjs/throttler before the 101, as a guard of one gateway and as one of the adapter: over the built package.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { within } from '../support/bounded-wait.js';
import { headOf, refusalOf } from '../support/upgrade-answer.js';

const START_LIMIT_MS = 15_000;

function useThrottledApp(...args: string[]): { readonly port: number } {
  let child: ChildProcess;
  let port = 0;
  beforeAll(async () => {
    child = spawn(process.execPath, ['test/e2e/throttled-app.mjs', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await within(once(child.stdout!, 'data'), 'the port', START_LIMIT_MS)) as [Buffer];
    port = Number(line.toString());
  }, START_LIMIT_MS);
  afterAll(async () => {
    const exit = once(child, 'exit');
    child.stdin!.end();
    await within(exit, 'the end of the application', START_LIMIT_MS);
  }, START_LIMIT_MS);
  return {
    get port() {
      return port;
    },
  };
}

async function statusesOf(port: number, paths: readonly string[]): Promise<string[]> {
  const statuses: string[] = [];
  for (const path of paths) statuses.push((await headOf(port, path))[0]!.slice(9, 12));
  return statuses;
}

describe('ThrottlerGuard', () => {
  const app = useThrottledApp();

  it('of a gateway: says in the 101 how many remain, then 429 with Retry-After', async () => {
    const remaining: unknown[] = [];
    for (let i = 0; i < 2; i++) {
      const head = await headOf(app.port, '/throttled');
      expect(head[0]).toMatch(' 101 ');
      remaining.push(head.find((line) => line.startsWith('X-RateLimit-Remaining')));
    }
    expect(remaining).toEqual(['X-RateLimit-Remaining: 1', 'X-RateLimit-Remaining: 0']);
    const { status, fields, body } = await refusalOf(app.port, '/throttled');
    expect([status, JSON.parse(body)]).toEqual([
      429,
      { statusCode: 429, message: 'ThrottlerException: Too Many Requests' },
    ]);
    expect(Number(fields.get('retry-after'))).toBeGreaterThan(0);
    expect(await statusesOf(app.port, ['/plain', '/plain', '/plain'])).toEqual(['101', '101', '101']);
  });
});

describe('ThrottlerGuard for all gateways', () => {
  const app = useThrottledApp('--for-all');

  it('counts for each gateway, but not where it says @SkipThrottle()', async () => {
    expect(await statusesOf(app.port, ['/plain', '/plain', '/plain'])).toEqual(['101', '101', '429']);
    expect(await statusesOf(app.port, ['/skipping', '/skipping', '/skipping'])).toEqual(['101', '101', '101']);
  });
});
