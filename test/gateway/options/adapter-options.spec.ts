// What holds for an adapter when nothing is said, and which names and values there are.

import { describe, expect, it } from '@jest/globals';
import { resolveAdapterOptions, type WireAdapterOptions } from '../../../lib/gateway/options/adapter-options.js';
import { refusal } from './refusal.js';

describe('what holds when nothing is set', () => {
  it('is safe', () => {
    expect(resolveAdapterOptions()).toEqual({
      limits: {
        maxMessageBytes: 1_048_576,
        maxFragments: 1024,
        reassemblyTimeoutMs: 30_000,
        handshakeTimeoutMs: 10_000,
        connectTimeoutMs: 10_000,
        closeTimeoutMs: 10_000,
        maxBufferedBytes: 1_048_576,
        maxPendingPongs: 16,
        maxStreams: 64,
        maxMessagesInWork: 256,
        maxTopics: 128,
      },
      heartbeat: { intervalMs: 25_000, timeoutMs: 20_000 },
      drain: { timeoutMs: 10_000, spreadMs: 0, closeCode: 1001, retryAfterSeconds: 5 },
      autoPong: true,
      connectGate: true,
      compression: undefined,
      origins: 'same-origin',
      subprotocols: undefined,
      verifyClient: undefined,
      handleProtocols: undefined,
      handshakeFilters: [],
      handshakeGuards: [],
      trustProxy: false,
      unmatchedUpgrade: 'auto',
      listen: true,
      messageParser: undefined,
      compatibility: 'none',
      directCalls: true,
      useGlobalFilters: false,
    });
  });

  it('is what ws has under compatibility: platform-ws, where nothing else is said', () => {
    const resolved = resolveAdapterOptions({ compatibility: 'platform-ws', limits: { maxFragments: 7 } });
    expect(resolved).toMatchObject({ origins: 'any', compatibility: 'platform-ws', heartbeat: { intervalMs: 0 } });
    expect(resolved.limits).toMatchObject({ maxMessageBytes: 104_857_600, maxBufferedBytes: 0, maxFragments: 7 });
    expect(resolveAdapterOptions({ compatibility: 'platform-ws', origins: 'same-origin' }).origins).toBe('same-origin');
  });

  it('what is given as undefined is not set', () => {
    const options: unknown = { limits: undefined, trustProxy: undefined, heartbeat: { intervalMs: undefined } };
    expect(resolveAdapterOptions(options as WireAdapterOptions)).toEqual(resolveAdapterOptions());
  });
});

describe('names', () => {
  it.each([
    [{ limit: {} }, 'options', '{ limit }'],
    [{ limits: { maxPayload: 1 } }, 'limits', '{ maxPayload }'],
    [{ heartbeat: { interval: 1 } }, 'heartbeat', '{ interval }'],
    [{ path: '/' }, 'options', '{ path }'],
  ])('%j has one that does not exist', (options, where, name) => {
    const message = refusal(options);
    expect(message).toMatch(`option "${where}" must be an object with any of `);
    expect(message).toMatch(name);
    for (const known of where === 'options' ? ['limits', 'origins', 'trustProxy'] : []) expect(message).toMatch(known);
  });

  it.each([
    ['options', null],
    ['options', []],
    ['options', 'all'],
    ['limits', 5],
    ['limits', null],
    ['heartbeat', []],
    ['heartbeat', false],
  ])('%s must be an object, not %j', (where, value) => {
    expect(refusal(where === 'options' ? value : { [where]: value })).toMatch(`option "${where}" must be an object`);
  });
});

describe('choices', () => {
  it.each([
    ['compatibility', "'none' or 'platform-ws'", ['none', 'platform-ws']],
    ['unmatchedUpgrade', "'auto' or 'refuse' or 'ignore'", ['auto', 'refuse', 'ignore']],
    ['trustProxy', 'true or false', [true, false]],
    ['directCalls', 'true or false', [true, false]],
    ['useGlobalFilters', 'true or false', [true, false]],
    ['listen', 'true or false', [true, false]],
  ])('%s is one of %s', (name, allowed, values) => {
    for (const value of values) expect(resolveAdapterOptions({ [name]: value })).toMatchObject({ [name]: value });
    for (const value of ['AUTO', 1, null, {}, 'true']) {
      expect(refusal({ [name]: value })).toMatch(`nestwire: option "${name}" must be ${allowed}, not `);
    }
  });

  it('messageParser is a function', () => {
    const messageParser = () => undefined;
    expect(resolveAdapterOptions({ messageParser }).messageParser).toBe(messageParser);
    expect(refusal({ messageParser: {} })).toBe('nestwire: option "messageParser" must be a function, not {}');
  });
});
