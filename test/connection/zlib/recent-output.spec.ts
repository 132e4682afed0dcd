import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { RecentOutput } from '../../../lib/connection/zlib/recent-output.js';
import { noise } from '../../extension/payload-transform.contract.js';

const WINDOW = 32 * 1024;

describe('RecentOutput', () => {
  it('has no window before anything came out', () => {
    const recent = new RecentOutput();
    expect(recent.window).toBeUndefined();
    recent.push(Buffer.alloc(0));
    expect(recent.window).toBeUndefined();
  });

  it('is the end of all that was pushed, 32 KiB of it', () => {
    const sizes = fc.oneof(fc.nat(100), fc.nat(20_000), fc.constantFrom(0, 1, WINDOW - 1, WINDOW, WINDOW + 1, 100_000));
    const source = noise(300_000);
    fc.assert(
      fc.property(fc.array(sizes, { minLength: 1, maxLength: 12 }), (sizes) => {
        const recent = new RecentOutput();
        let all = Buffer.alloc(0);
        for (const [i, size] of sizes.entries()) {
          const output = source.subarray(i * 1000, i * 1000 + size);
          recent.push(output);
          all = Buffer.concat([all, output]);
          expect((recent.window ?? Buffer.alloc(0)).equals(all.subarray(-WINDOW))).toBe(true);
        }
      }),
    );
  });

  it('keeps bytes of its own', () => {
    const recent = new RecentOutput();
    const output = Buffer.from('mine');
    recent.push(output);
    output.fill('x');
    expect(recent.window!.toString()).toBe('mine');
  });

  it('holds one and a half windows at most, after a large output and after many small ones', () => {
    const recent = new RecentOutput();
    recent.push(Buffer.alloc(1024 * 1024));
    expect(recent.window!.buffer.byteLength).toBeLessThanOrEqual(WINDOW * 1.5);
    for (let i = 0; i < 100_000; i++) recent.push(Buffer.from([i]));
    expect(recent.window!.buffer.byteLength).toBeLessThanOrEqual(WINDOW * 1.5);
    expect(recent.window!).toHaveLength(WINDOW);
  });

  it('holds little of little', () => {
    const recent = new RecentOutput();
    recent.push(Buffer.alloc(10));
    expect(recent.window!.buffer.byteLength).toBeLessThan(100);
  });

  it('lets go of everything', () => {
    const recent = new RecentOutput();
    recent.push(Buffer.from('before'));
    recent.clear();
    expect(recent.window).toBeUndefined();
    recent.push(Buffer.from('after'));
    expect(recent.window!.toString()).toBe('after');
  });
});
