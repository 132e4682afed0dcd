import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { FailureLog } from '../../../lib/gateway/topic/failure-log.js';
import { RecordingLogger } from '../../support/recording-logger.js';

let logger: RecordingLogger;

beforeEach(() => {
  jest.useFakeTimers();
  logger = new RecordingLogger();
  Logger.overrideLogger(logger);
});
afterEach(() => {
  jest.useRealTimers();
});

it('writes the first failure of a kind at once, and later how many came meanwhile', () => {
  const log = new FailureLog();
  for (let i = 0; i < 5; i++) log.add('This failed', new Error(`${i}`));
  log.add('That failed', new Error('of another kind'));
  jest.advanceTimersByTime(1_000);
  log.add('This failed', new Error('again'));
  jest.advanceTimersByTime(1_000);
  log.add('This failed', new Error('and again'));
  expect(logger.lines.map(({ message }) => message)).toEqual([
    'This failed',
    'That failed',
    'This failed (and 4 more before it)',
    'This failed',
  ]);
});
