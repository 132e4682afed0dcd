import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { beginRun, forgetRuns } from '../../lib/connection/frame-run.js';

const [a, b, c] = ['a', 'b', 'c'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];

describe('FrameRun', () => {
  it('joins its frames in order, and says how long they are', () => {
    const run = beginRun(a).followedBy(b).followedBy(c);
    expect(run.joined().toString()).toBe('abc');
    expect(run).toHaveLength(3);
  });

  it('gives whoever takes the same frames the same bytes', () => {
    const bytes = beginRun(a).followedBy(b).joined();
    expect(beginRun(a).followedBy(b).joined()).toBe(bytes);
    expect(beginRun(a).followedBy(c).joined().toString()).toBe('ac');
    expect(beginRun(a).followedBy(b).joined().toString()).toBe('ab');
  });

  it('is the frame itself where there is but one', () => {
    expect(beginRun(c).joined()).toBe(c);
  });

  it('goes by which frame it is, not by what is in it', () => {
    const like = Buffer.from('a');
    expect(beginRun(a).joined()).toBe(a);
    expect(beginRun(like).joined()).toBe(like);
  });

  it('keeps the bytes of the run that was joined last, and nothing beyond the turn', () => {
    const short = beginRun(a).followedBy(b);
    const bytes = short.joined();
    const long = short.followedBy(c).joined();
    expect(long.toString()).toBe('abc');
    expect(short.joined()).not.toBe(bytes);
    expect(short.joined()).toEqual(bytes);
    forgetRuns();
    expect(beginRun(a).followedBy(b)).not.toBe(short);
  });

  it('leaves a run alone that others go on from', () => {
    const run = beginRun(a);
    expect(run.followedBy(b).joined().toString()).toBe('ab');
    expect(run.joined()).toBe(a);
    expect(run.followedBy(c).followedBy(b).joined().toString()).toBe('acb');
  });
});
