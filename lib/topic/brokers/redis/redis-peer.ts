// The package that speaks to Redis, loaded when a broker starts: who uses none need not install it.

import type { Redis } from 'ioredis';

/** @throws Error that says what to install */
export async function loadRedisClass(): Promise<typeof Redis> {
  try {
    return (await import('ioredis')).Redis;
  } catch (error) {
    throw new Error('RedisBroker needs the package ioredis: npm install ioredis', { cause: error });
  }
}
