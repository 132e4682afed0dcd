import { expect, it } from '@jest/globals';
import { loadPeer } from '../../../lib/topic/brokers/peer-package.js';

it('gives the package that is installed', async () => {
  expect(await loadPeer('RedisBroker', 'ioredis', () => import('ioredis'))).toHaveProperty('Redis');
});

it('says who needs a package that is not installed, and how it is', async () => {
  const missing = 'nestwire-needs-no-such-package';
  const error = await loadPeer('SomeBroker', missing, () => import(missing)).catch((error: unknown) => error);
  expect((error as Error).message).toBe(`SomeBroker needs the package ${missing}: npm install ${missing}`);
  expect(String((error as Error).cause)).toContain(missing);
});
