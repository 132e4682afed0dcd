import { describe, expect, it } from '@jest/globals';
import {
  DEFAULT_COMPRESSION,
  DEFAULT_HEARTBEAT,
  DEFAULT_LIMITS,
  InvalidOptionError,
  resolveAdapterOptions,
  resolvePathOptions,
  type WireAdapterOptions,
} from '../../lib/gateway/options.js';

/** The message with which the options are refused. */
function refusal(options: unknown): string {
  try {
    resolveAdapterOptions(options as WireAdapterOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).name).toBe('InvalidOptionError');
    return (error as Error).message;
  }
  throw new Error('the options were accepted');
}

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

describe('numbers', () => {
  const names = [
    ...Object.keys(DEFAULT_LIMITS).map((name) => ['limits', name] as const),
    ...Object.keys(DEFAULT_HEARTBEAT).map((name) => ['heartbeat', name] as const),
  ];

  it.each(names)('%s.%s may be set, 0 for off included', (group, name) => {
    for (const value of [0, 1, 12_345]) {
      const resolved = resolveAdapterOptions({ [group]: { [name]: value } });
      expect(resolved[group]).toEqual({ ...resolveAdapterOptions()[group], [name]: value });
    }
  });

  it.each(names)('%s.%s must be a whole number, not negative', (group, name) => {
    for (const value of [-1, 1.5, Number.NaN, Infinity, '10', null, true, 10n, {}, [1], () => 1]) {
      const message = refusal({ [group]: { [name]: value } });
      expect(message).toMatch(`nestwire: option "${group}.${name}" must be an integer from 0 (off) to `);
    }
  });

  it('a time must be one that a timer keeps', () => {
    const longest = 2 ** 31 - 1;
    expect(resolveAdapterOptions({ limits: { closeTimeoutMs: longest } }).limits.closeTimeoutMs).toBe(longest);
    expect(refusal({ limits: { closeTimeoutMs: longest + 1 } })).toBe(
      'nestwire: option "limits.closeTimeoutMs" must be an integer from 0 (off) to 2147483647, not 2147483648',
    );
    expect(resolveAdapterOptions({ limits: { maxMessageBytes: longest + 1 } }).limits.maxMessageBytes).toBe(2 ** 31);
  });

  it('a value that JSON cannot say is named all the same', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(refusal({ limits: { maxStreams: 10n } })).toMatch(/not 10n$/);
    expect(refusal({ limits: { maxStreams: Number.NaN } })).toMatch(/not NaN$/);
    expect(refusal({ limits: { maxStreams: circular } })).toMatch(/not <ref \*1> \{ self: \[Circular \*1\] \}$/);
    expect(refusal({ messageParser: 'JSON.parse' })).toMatch(/not 'JSON.parse'$/);
    expect(refusal({ compatibility: Symbol('x') })).toMatch(/not Symbol\(x\)$/);
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

describe('drain', () => {
  it('is laid over what holds already', () => {
    const drain = { timeoutMs: 5_000, spreadMs: 5_000, closeCode: 1012 };
    expect(resolveAdapterOptions({ drain }).drain).toEqual({ ...drain, retryAfterSeconds: 5 });
    expect(resolveAdapterOptions({ drain: { timeoutMs: 0, spreadMs: 60_000 } }).drain).toMatchObject({ timeoutMs: 0 });
  });

  it.each([
    [{ timeoutMs: -1 }, /option "drain.timeoutMs" must be an integer from 0 \(off\)/],
    [{ retryAfterSeconds: 1.5 }, /option "drain.retryAfterSeconds" must be an integer/],
    [{ closeCode: 1000 }, /option "drain.closeCode" must be 1001 or 1012, not 1000/],
    [{ spreadMs: 10_001 }, /option "drain.spreadMs" must be at most drain.timeoutMs, which is 10000, not 10001/],
    [{ code: 1001 }, /option "drain" must be an object with any of timeoutMs, spreadMs, closeCode, retryAfterSeconds/],
  ])('%j cannot be meant', (drain, message) => {
    expect(refusal({ drain })).toMatch(message);
  });
});

describe('origins', () => {
  it.each<[WireAdapterOptions['origins']]>([
    ['any'],
    ['same-origin'],
    [[]],
    [['https://example.org', 'http://localhost:3000', 'null', 'chrome-extension://abcdefgh']],
  ])('may be %j', (origins) => {
    expect(resolveAdapterOptions({ origins: origins! }).origins).toEqual(origins);
  });

  it.each([
    ['*'],
    ['https://example.org'],
    [true],
    [null],
    [['https://example.org/']],
    [['https://example.org/path']],
    [['HTTPS://EXAMPLE.ORG']],
    [['https://example.org:443']],
    [['example.org']],
    [['*']],
    [[/example/]],
    [['chrome-extension://a/b']],
  ])('may not be %p: no browser sends that', (origins) => {
    expect(refusal({ origins })).toMatch(/option "origins" must be 'same-origin', 'any', or a list of origins/);
  });
});

describe('compression', () => {
  it('is off, on, or on with options', () => {
    expect(resolveAdapterOptions({ compression: false }).compression).toBeUndefined();
    expect(resolveAdapterOptions({ compression: true }).compression).toEqual(DEFAULT_COMPRESSION);
    const given = { takeover: true, thresholdBytes: 0, level: 9, memoryLevel: 1, windowBits: 9, maxJobs: 1 };
    expect(resolveAdapterOptions({ compression: given }).compression).toEqual(given);
    expect(resolveAdapterOptions({ compression: { level: undefined } as object }).compression).toEqual(
      DEFAULT_COMPRESSION,
    );
  });

  it('of a path goes before that of the adapter', () => {
    const base = resolveAdapterOptions({ compression: true });
    expect(resolvePathOptions({ compression: false }, base).compression).toBeUndefined();
    expect(resolvePathOptions({}, base).compression).toEqual(DEFAULT_COMPRESSION);
  });

  it.each([
    [{ compression: 'on' }, 'compression'],
    [{ compression: null }, 'compression'],
    [{ compression: { lvl: 1 } }, 'compression'],
    [{ compression: { takeover: 1 } }, 'compression.takeover'],
    [{ compression: { level: 10 } }, 'compression.level'],
    [{ compression: { level: -2 } }, 'compression.level'],
    [{ compression: { memoryLevel: 0 } }, 'compression.memoryLevel'],
    [{ compression: { windowBits: 8 } }, 'compression.windowBits'],
    [{ compression: { thresholdBytes: -1 } }, 'compression.thresholdBytes'],
    [{ compression: { maxJobs: 1.5 } }, 'compression.maxJobs'],
  ])('%p is refused', (options, name) => {
    expect(refusal(options)).toMatch(`nestwire: option "${name}" must be `);
  });
});

describe('subprotocols', () => {
  it('are tokens', () => {
    expect(resolveAdapterOptions({ subprotocols: ['v1.chat', 'v2'] }).subprotocols).toEqual(['v1.chat', 'v2']);
    for (const subprotocols of ['v1', ['a b'], [''], ['a,b'], [5], ['é'], ['a\r\nX: y']]) {
      expect(refusal({ subprotocols })).toMatch('option "subprotocols" must be a list of tokens');
    }
  });
});

describe('the options of a path', () => {
  it('lie over those of the adapter, value by value', () => {
    const base = resolveAdapterOptions({
      limits: { maxMessageBytes: 10, maxFragments: 20 },
      heartbeat: { intervalMs: 1000 },
      origins: 'any',
      subprotocols: ['a'],
    });
    const resolved = resolvePathOptions({ limits: { maxFragments: 30 }, origins: 'same-origin' }, base);
    expect(resolved.limits).toEqual({ ...base.limits, maxFragments: 30 });
    expect(resolved.heartbeat).toEqual({ intervalMs: 1000, timeoutMs: 20_000 });
    expect(resolved.origins).toBe('same-origin');
    expect(resolved.subprotocols).toEqual(['a']);
    expect(base.limits.maxFragments).toBe(20);
  });
});
