import { afterEach, describe, expect, it } from '@jest/globals';
import { zlibJobs } from '../../../lib/connection/zlib/zlib-jobs.js';

/** Jobs that end when the test says so. */
function jobs(count: number) {
  const started: number[] = [];
  const finish = new Map<number, () => void>();
  for (let i = 0; i < count; i++) {
    zlibJobs.run((done) => {
      started.push(i);
      finish.set(i, done);
    });
  }
  return { started, finish: (i: number) => finish.get(i)!() };
}

afterEach(() => zlibJobs.limitTo(4));

describe('zlibJobs', () => {
  it.each([1, 2, 4, 7])('runs %i at a time, in the order in which they came', (max) => {
    zlibJobs.limitTo(max);
    const { started, finish } = jobs(10);
    for (let i = 0; i < 10; i++) {
      expect(started).toEqual(Array.from({ length: Math.min(10, i + max) }, (_, index) => index));
      finish(i);
    }
  });

  it('a job that says twice that it is over makes room once', () => {
    zlibJobs.limitTo(1);
    const { started, finish } = jobs(3);
    finish(0);
    finish(0);
    expect(started).toEqual([0, 1]);
    finish(1);
    finish(2);
  });

  it('jobs that are over at once neither wait nor nest', () => {
    zlibJobs.limitTo(1);
    const { finish } = jobs(1);
    let depth = 0;
    let deepest = 0;
    let ran = 0;
    for (let i = 0; i < 50_000; i++) {
      zlibJobs.run((done) => {
        deepest = Math.max(deepest, ++depth);
        done();
        depth--;
        ran++;
      });
    }
    expect(ran).toBe(0);
    finish(0);
    expect(ran).toBe(50_000);
    expect(deepest).toBe(1);
  });

  it('one that throws does not stop the others', () => {
    zlibJobs.limitTo(2);
    expect(() =>
      zlibJobs.run((done) => {
        done();
        throw new Error('no memory');
      }),
    ).toThrow('no memory');
    const { started, finish } = jobs(2);
    expect(started).toEqual([0, 1]);
    finish(0);
    finish(1);
  });

  it('a smaller limit holds for those that come', () => {
    zlibJobs.limitTo(3);
    const { started, finish } = jobs(6);
    zlibJobs.limitTo(1);
    finish(0);
    finish(1);
    expect(started).toEqual([0, 1, 2]);
    for (let i = 2; i < 6; i++) finish(i);
    expect(started).toHaveLength(6);
  });
});
