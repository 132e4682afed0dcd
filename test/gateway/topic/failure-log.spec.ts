// Failures that come by the thousand: what of them is written.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { FailureLog } from '../../../lib/gateway/topic/failure-log.js';
import { RecordingLogger } from '../../support/recording-logger.js';

const QUIET_MS = 1_000;

describe('a log of failures', () => {
  let written: RecordingLogger;
  let log: FailureLog;

  beforeEach(() => {
    jest.useFakeTimers();
    written = new RecordingLogger();
    Logger.overrideLogger(written);
    log = new FailureLog();
  });
  afterEach(() => {
    jest.useRealTimers();
    Logger.overrideLogger(undefined as never);
  });

  const fail = (count: number, what: string): void => {
    for (let i = 0; i < count; i++) log.add(what, new Error(`number ${i}`));
  };

  it('writes the first of a while, and how many came since', () => {
    fail(1_000, 'One thing failed');
    expect(written.takeErrors()).toEqual(['One thing failed']);
    jest.advanceTimersByTime(QUIET_MS - 1);
    fail(1, 'One thing failed');
    expect(written.takeErrors()).toEqual([]);
    jest.advanceTimersByTime(1);
    fail(1, 'One thing failed');
    expect(written.takeErrors()).toEqual(['One thing failed (and 1000 more before it)']);
    jest.advanceTimersByTime(QUIET_MS);
    fail(1, 'One thing failed');
    expect(written.takeErrors()).toEqual(['One thing failed']);
  });

  it('keeps one kind of failure apart from another', () => {
    fail(3, 'One thing failed');
    fail(2, 'Another failed');
    expect(written.takeErrors()).toEqual(['One thing failed', 'Another failed']);
    jest.advanceTimersByTime(QUIET_MS);
    fail(1, 'Another failed');
    fail(1, 'One thing failed');
    expect(written.takeErrors()).toEqual([
      'Another failed (and 1 more before it)',
      'One thing failed (and 2 more before it)',
    ]);
  });
});
