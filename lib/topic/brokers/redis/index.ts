// `nestwire/redis`: topics over Redis. Needs the package ioredis.

export { RedisBroker } from './redis.broker.js';
export type { RedisBrokerOptions } from './redis-broker-options.js';
