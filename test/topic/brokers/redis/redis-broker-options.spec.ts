import { describe, expect, it } from '@jest/globals';
import { InvalidBrokerOptionError } from '../../../../lib/topic/history-options.js';
import { RedisBroker, type RedisBrokerOptions } from '../../../../lib/topic/brokers/redis/index.js';
import { describeServer } from '../../../../lib/topic/brokers/redis/redis-broker-options.js';

describe('the options of RedisBroker', () => {
  it.each<[string, unknown]>([
    ['url', 'localhost:6379'],
    ['url', 'http://localhost'],
    ['url', 'redis://'],
    ['url', 6379],
    ['client', 'localhost'],
    ['client', null],
    ['client.keyPrefix', { keyPrefix: 'mine' }],
    ['client.enableOfflineQueue', { enableOfflineQueue: true }],
    ['client.retryStrategy', { retryStrategy: () => 1 }],
    ['keyPrefix', ''],
    ['keyPrefix', 'a b'],
    ['keyPrefix', '{a}'],
    ['keyPrefix', 'x'.repeat(65)],
    ['keyPrefix', 1],
    ['history', true],
    ['history.maxMessages', { maxMessages: 0 }],
    ['connectTimeoutMs', 0],
    ['pingIntervalMs', '5s'],
    ['pingTimeoutMs', 1.5],
  ])('are refused by name: %s %j', (name, value) => {
    const [option] = name.split('.') as [keyof RedisBrokerOptions];
    const make = (): RedisBroker => new RedisBroker({ [option]: value });
    expect(make).toThrow(InvalidBrokerOptionError);
    expect(make).toThrow(`"${name}" must be`);
  });

  it('never show a password', () => {
    expect(() => new RedisBroker({ url: 'redis:secret@host' })).toThrow(expect.not.stringContaining('secret'));
    expect(describeServer({ url: 'redis://user:secret@host:1/2' })).toBe('redis://host:1');
  });

  it.each<[string, RedisBrokerOptions]>([
    ['redis://localhost:6379', {}],
    ['rediss://example.org:6379', { url: 'rediss://example.org' }],
    ['redis://example.org:1', { client: { host: 'example.org', port: 1 } }],
    ['/run/redis.sock', { client: { path: '/run/redis.sock' } }],
    ['the master mymaster of its sentinels', { client: { sentinels: [{ host: 'a' }], name: 'mymaster' } }],
  ])('name the server as %s', (expected, options) => {
    expect(describeServer(options)).toBe(expected);
  });
});
