import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { nextMaskingKey } from '../../lib/connection/masking-keys.js';

// More than a few fillings of the pool of 4,096 bytes.
const MANY = 20_000;

describe('RFC 6455 §5.3, §10.3: masking keys', () => {
  it('are 32-bit integers', () => {
    for (let i = 0; i < MANY; i++) {
      const key = nextMaskingKey();
      expect(key | 0).toBe(key);
    }
  });

  it('are fresh for each frame, also where the pool is filled again', () => {
    const keys = new Set<number>();
    for (let i = 0; i < MANY; i++) keys.add(nextMaskingKey());
    // Of as many fair draws some 0.05 meet; a pool that is used twice would meet in thousands.
    expect(keys.size).toBeGreaterThan(MANY - 10);
  });

  it('use all bits evenly: each is set in about half of the keys', () => {
    const counts = Array.from({ length: 32 }, () => 0);
    for (let i = 0; i < MANY; i++) {
      const key = nextMaskingKey();
      for (let bit = 0; bit < 32; bit++) counts[bit]! += (key >>> bit) & 1;
    }
    // Ten standard deviations of a fair coin.
    const spread = 10 * Math.sqrt(MANY / 4);
    for (const count of counts) expect(Math.abs(count - MANY / 2)).toBeLessThan(spread);
  });

  it('tell nothing about the next: neither a counter nor a difference that repeats', () => {
    const differences = new Set<number>();
    let last = nextMaskingKey();
    for (let i = 0; i < MANY; i++) {
      const key = nextMaskingKey();
      differences.add((key - last) | 0);
      last = key;
    }
    expect(differences.size).toBeGreaterThan(MANY - 10);
  });

  it('every octet takes every value', () => {
    const seen = Array.from({ length: 4 }, () => new Set<number>());
    const bytes = Buffer.alloc(4);
    for (let i = 0; i < MANY; i++) {
      bytes.writeInt32LE(nextMaskingKey());
      for (const [place, values] of seen.entries()) values.add(bytes[place]!);
    }
    expect(seen.map(({ size }) => size)).toEqual([256, 256, 256, 256]);
  });
});
