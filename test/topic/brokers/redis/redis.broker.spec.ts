import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import { RedisBroker, type RedisBrokerOptions } from '../../../../lib/topic/brokers/redis/index.js';
import { freePort } from '../../../support/free-port.js';
import { describeWithRedis, RedisServer } from '../../../support/redis-server.js';
import { type BrokerHarness, describeBroker } from '../../broker.contract.js';

describeWithRedis('with a real server', () => {
  let server: RedisServer;
  let keyPrefix = '';
  beforeAll(async () => {
    server = await RedisServer.begin('--appendonly', 'yes', '--appendfsync', 'always');
  });
  afterAll(() => server.end());

  const harnessOf = (options: Pick<RedisBrokerOptions, 'history'>): BrokerHarness => ({
    hasHistory: options.history !== false,
    hasManyNodes: true,
    createBroker: (history) => new RedisBroker({ url: server.url, keyPrefix, ...(history && { history }), ...options }),
    isolate: async () => void (keyPrefix = `test:${randomUUID()}`),
    createUnreachable: async () => new RedisBroker({ url: `redis://127.0.0.1:${await freePort()}` }),
    outage: { begin: () => server.kill(), end: () => server.start() },
  });

  describeBroker('RedisBroker', harnessOf({}));
  describeBroker('RedisBroker without history', harnessOf({ history: false }));
});
