import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Heartbeat, type HeartbeatOptions } from '../../lib/connection/heartbeat.js';

const INTERVAL = 25_000;
const TIMEOUT = 20_000;

const started: Heartbeat[] = [];

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  for (const heartbeat of started.splice(0)) heartbeat.stop();
  // Whatever waits for one connection, or for many, is gone with them.
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** A started heartbeat and when, in milliseconds from its start, it said what. */
function startedHeartbeat(options: Partial<HeartbeatOptions> = {}): { heartbeat: Heartbeat; log: string[] } {
  const log: string[] = [];
  const begin = performance.now();
  const note = (what: string) => void log.push(`${Math.round(performance.now() - begin)} ${what}`);
  const heartbeat = new Heartbeat(
    { intervalMs: INTERVAL, timeoutMs: TIMEOUT, ...options },
    { heartbeatDue: () => note('ping'), heartbeatLost: () => note('lost') },
  );
  heartbeat.start();
  started.push(heartbeat);
  return { heartbeat, log };
}

/**
 * Before it gives a peer up, it lets the event loop go round once: what has arrived may not have been read yet. The fake
 * clock takes a millisecond for it.
 */
function takeASecondLook(): void {
  jest.advanceTimersByTime(1);
}

describe('Heartbeat', () => {
  it('asks for a ping after the interval and gives the peer up after the timeout', () => {
    const { log } = startedHeartbeat();
    jest.advanceTimersByTime(INTERVAL - 1);
    expect(log).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(log).toEqual(['25000 ping']);
    jest.advanceTimersByTime(TIMEOUT - 1);
    expect(log).toEqual(['25000 ping']);
    jest.advanceTimersByTime(1);
    takeASecondLook();
    expect(log).toEqual(['25000 ping', '45001 lost']);
  });

  it('ends with the loss: it is told once', () => {
    const { log } = startedHeartbeat();
    jest.advanceTimersByTime(10 * (INTERVAL + TIMEOUT));
    expect(log).toEqual(['25000 ping', '45001 lost']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each([0, 1, 9_999, 24_999, 26_000, 44_998])(
    'finds a peer that falls silent after %i ms within interval + timeout',
    (silentFrom) => {
      const { heartbeat, log } = startedHeartbeat();
      jest.advanceTimersByTime(silentFrom);
      heartbeat.heard();
      jest.advanceTimersByTime(INTERVAL + TIMEOUT);
      takeASecondLook();
      expect(log.at(-1)).toBe(`${silentFrom + INTERVAL + TIMEOUT + 1} lost`);
    },
  );

  it('waits for an answer longer than the interval where it may take that long', () => {
    const { heartbeat, log } = startedHeartbeat({ intervalMs: 5_000, timeoutMs: 12_000 });
    jest.advanceTimersByTime(16_999);
    expect(log).toEqual(['5000 ping']);
    heartbeat.heard();
    jest.advanceTimersByTime(5_000);
    jest.advanceTimersByTime(12_000);
    takeASecondLook();
    expect(log).toEqual(['5000 ping', '21999 ping', '34000 lost']);
  });

  it('waits for nothing where the connection ends as it is asked for a ping', () => {
    let pings = 0;
    const options = { intervalMs: INTERVAL, timeoutMs: TIMEOUT };
    const heartbeat = new Heartbeat(options, {
      heartbeatDue: () => {
        pings++;
        heartbeat.stop();
      },
      heartbeatLost: () => undefined,
    });
    heartbeat.start();
    jest.advanceTimersByTime(INTERVAL);
    expect(pings).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('hears at the second look what the first was too early for', () => {
    const { heartbeat, log } = startedHeartbeat();
    jest.advanceTimersByTime(INTERVAL + TIMEOUT);
    heartbeat.heard();
    jest.advanceTimersByTime(INTERVAL + 1);
    expect(log).toEqual(['25000 ping', `${2 * INTERVAL + TIMEOUT} ping`]);
  });

  it('whatever comes in is life: no ping on a busy line', () => {
    const { heartbeat, log } = startedHeartbeat();
    for (let i = 0; i < 200; i++) {
      jest.advanceTimersByTime(INTERVAL - 1);
      heartbeat.heard();
    }
    expect(log).toEqual([]);
  });

  it('a peer that answers each ping at the last moment stays', () => {
    const { heartbeat, log } = startedHeartbeat();
    jest.advanceTimersByTime(INTERVAL);
    for (let i = 0; i < 20; i++) {
      expect(log.splice(0)).toHaveLength(1);
      jest.advanceTimersByTime(TIMEOUT - 1);
      heartbeat.heard();
      // The timer that is due next sees that, and waits for the rest of the interval.
      jest.advanceTimersByTime(INTERVAL - 1);
      expect(log).toEqual([]);
      jest.advanceTimersByTime(1);
    }
  });

  it('needs one timer, however much comes in, and for however many connections', () => {
    const { heartbeat } = startedHeartbeat();
    for (let i = 0; i < 1000; i++) heartbeat.heard();
    for (let i = 0; i < 1000; i++) startedHeartbeat();
    expect(jest.getTimerCount()).toBe(1);
  });

  it('an interval of 0 turns it off', () => {
    const { log } = startedHeartbeat({ intervalMs: 0 });
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(1_000_000);
    expect(log).toEqual([]);
  });

  it('a timeout of 0 is no limit: pings go out, and nobody is given up', () => {
    const { log } = startedHeartbeat({ timeoutMs: 0 });
    jest.advanceTimersByTime(3 * INTERVAL);
    expect(log).toEqual(['25000 ping', '50000 ping', '75000 ping']);
  });

  it('stopped, it says nothing, also in the middle of waiting for an answer', () => {
    const { heartbeat, log } = startedHeartbeat();
    jest.advanceTimersByTime(INTERVAL);
    heartbeat.stop();
    jest.advanceTimersByTime(1_000_000);
    expect(log).toEqual(['25000 ping']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('started again, it begins anew: what was not answered before counts no more', () => {
    const { heartbeat, log } = startedHeartbeat();
    jest.advanceTimersByTime(INTERVAL);
    heartbeat.stop();
    jest.advanceTimersByTime(INTERVAL);
    heartbeat.start();
    jest.advanceTimersByTime(INTERVAL + TIMEOUT);
    takeASecondLook();
    expect(log).toEqual(['25000 ping', '75000 ping', '95001 lost']);
  });

  it('a second start changes nothing', () => {
    const { heartbeat, log } = startedHeartbeat();
    jest.advanceTimersByTime(INTERVAL - 1);
    heartbeat.start();
    jest.advanceTimersByTime(1);
    expect(log).toEqual(['25000 ping']);
    expect(jest.getTimerCount()).toBe(1);
  });
});
