import { describe, expect, it } from '@jest/globals';
import { DEFAULT_HISTORY } from '../../lib/topic/broker.js';
import { InvalidBrokerOptionError, resolveHistory } from '../../lib/topic/history-options.js';

const MORE = { ...DEFAULT_HISTORY, maxLength: 10 };

describe('resolveHistory', () => {
  it('says the defaults where nothing is given', () => {
    for (const given of [undefined, false, {}, { maxMessages: undefined }] as const) {
      expect(resolveHistory(given as undefined, DEFAULT_HISTORY)).toEqual({ maxMessages: 256, maxAgeMs: 120_000 });
    }
  });

  it('takes what is given, options of one broker only included', () => {
    expect(resolveHistory({ maxMessages: 1, maxLength: 5 }, MORE)).toEqual({ ...MORE, maxMessages: 1, maxLength: 5 });
    expect(MORE.maxMessages).toBe(256);
  });

  it.each<[unknown, RegExp]>([
    [true, /"history" must be false or an object, not true/],
    [null, /"history" must be false or an object, not null/],
    [7, /"history" must be/],
    [{ maxMessages: 0 }, /"history.maxMessages" must be an integer from 1, not 0/],
    [{ maxMessages: 1.5 }, /"history.maxMessages"/],
    [{ maxMessages: '5' }, /"history.maxMessages"/],
    [{ maxAgeMs: Number.NaN }, /"history.maxAgeMs"/],
    [{ maxAgeMs: Infinity }, /"history.maxAgeMs"/],
    [{ maxLength: 5 }, /"history.maxLength" must be left out: there is no such option, not 5/],
    [{ maxmessages: 5 }, /"history.maxmessages" must be left out/],
  ])('refuses %j', (given, why) => {
    expect(() => resolveHistory(given as Partial<typeof DEFAULT_HISTORY>, DEFAULT_HISTORY)).toThrow(why);
    expect(() => resolveHistory(given as Partial<typeof DEFAULT_HISTORY>, DEFAULT_HISTORY)).toThrow(
      InvalidBrokerOptionError,
    );
  });
});
