import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WaitingLine } from '../../../lib/topic/brokers/waiting-line.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A line whose calls are noted. */
function noted(): { line: WaitingLine; calls: string[]; run(name: string, limitMs?: number): Promise<string> } {
  const line = new WaitingLine();
  const calls: string[] = [];
  const call = async (name: string): Promise<string> => {
    calls.push(name);
    return name;
  };
  const run = async (name: string, limitMs = 1_000): Promise<string> =>
    line
      .run(
        () => call(name),
        performance.now() + limitMs,
        () => new Error(`${name} is late`),
      )
      .catch((error: Error) => error.message);
  return { line, calls, run };
}

describe('WaitingLine', () => {
  it('calls at once while it is open', async () => {
    const { line, calls, run } = noted();
    line.open();
    const called = run('a');
    expect(calls).toEqual(['a']);
    expect(await called).toBe('a');
  });

  it('calls in order when it opens, before those that come then', async () => {
    const { line, calls, run } = noted();
    const waiting = [run('a'), run('b')];
    expect(calls).toEqual([]);
    expect(line.length).toBe(2);
    line.open();
    void run('c');
    expect(calls).toEqual(['a', 'b', 'c']);
    expect(await Promise.all(waiting)).toEqual(['a', 'b']);
    expect(line.length).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps those behind a call that shuts it again', async () => {
    const { line, calls, run } = noted();
    const shutting = line.run(
      async () => line.shut(),
      1_000,
      () => new Error('late'),
    );
    const waiting = run('a');
    line.open();
    await shutting;
    expect(calls).toEqual([]);
    line.open();
    expect(await waiting).toBe('a');
  });

  it('refuses what is late, then and later, and calls it no more', async () => {
    const { line, calls, run } = noted();
    const waiting = [run('a', 100), run('b', 200)];
    await jest.advanceTimersByTimeAsync(100);
    expect(await waiting[0]).toBe('a is late');
    line.open();
    expect(await run('c', 0)).toBe('c is late');
    expect(await waiting[1]).toBe('b');
    expect(calls).toEqual(['b']);
  });

  it('refuses everything when it is closed', async () => {
    const { line, calls, run } = noted();
    const waiting = run('a');
    line.close(new Error('closed'));
    expect(await waiting).toBe('closed');
    expect(await run('b')).toBe('closed');
    expect(calls).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
