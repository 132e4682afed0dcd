import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  decodeText,
  encodeComplete,
  encodeError,
  encodeEvent,
  encodeNext,
  interpret,
  isEventResponse,
} from '../../lib/envelope/json-envelope.js';

const ids = fc.oneof(fc.maxSafeInteger(), fc.string({ maxLength: 16 }));
// What JSON can hold, and no more: -0 becomes 0 on the way.
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

describe('decodeText', () => {
  it.each<[string, unknown, unknown, string | number | undefined]>([
    ['{"event":"a"}', 'a', undefined, undefined],
    ['{"event":"a","data":1}', 'a', 1, undefined],
    ['{"event":"a","data":null}', 'a', null, undefined],
    ['{"event":"a","data":{"b":[1]},"id":7}', 'a', { b: [1] }, 7],
    ['{"id":"x","event":"a"}', 'a', undefined, 'x'],
    ['{"id":"","event":""}', '', undefined, ''],
    ['{"id":0,"event":"a"}', 'a', undefined, 0],
    ['{"id":-9007199254740991,"event":"a"}', 'a', undefined, Number.MIN_SAFE_INTEGER],
    ['{"id":1.0,"event":"a"}', 'a', undefined, 1],
    [' \n{"event":"a"}\t', 'a', undefined, undefined],
    ['{"event":"a","event":"b"}', 'b', undefined, undefined],
    ['{"event":"a","more":1}', 'a', undefined, undefined],
    // Whether an event of another kind has a handler is not for the envelope to say.
    ['{"event":1}', 1, undefined, undefined],
    ['{"event":null}', null, undefined, undefined],
    ['{"event":{"a":1}}', { a: 1 }, undefined, undefined],
    ['{"event":false}', false, undefined, undefined],
    // An event whose name or whose message looks like one of ours stays an event, as with platform-ws.
    ['{"event":"cancel"}', 'cancel', undefined, undefined],
    ['{"event":"a","type":"cancel","id":1}', 'a', undefined, 1],
    ['{"event":"__proto__","data":1}', '__proto__', 1, undefined],
    ['{"event":"constructor"}', 'constructor', undefined, undefined],
  ])('reads %s', (text, event, data, id) => {
    expect(decodeText(text)).toEqual({ type: 'event', event, data, id });
  });

  it.each([
    ['{"id":1,"type":"cancel"}', 1],
    ['{"id":"a","type":"cancel"}', 'a'],
    ['{"id":"","type":"cancel","data":1}', ''],
    ['{"id":0,"type":"cancel"}', 0],
  ])('reads the cancel %s', (text, id) => {
    expect(decodeText(text)).toEqual({ type: 'cancel', id });
  });

  it.each([
    ['{"id":1,"type":"request","n":1}', 1],
    ['{"id":1,"type":"request","n":9007199254740991}', Number.MAX_SAFE_INTEGER],
  ])('reads the grant %s', (text, values) => {
    expect(decodeText(text)).toEqual({ type: 'request', id: 1, values });
  });

  it.each([
    ['{"id":1,"type":"next","data":[2]}', { type: 'next', id: 1, data: [2], isBinary: false }],
    ['{"id":1,"type":"next","binary":true}', { type: 'next', id: 1, isBinary: true }],
    ['{"id":1,"type":"next","binary":1}', { type: 'next', id: 1, isBinary: false }],
    ['{"id":1,"type":"complete"}', { type: 'complete', id: 1 }],
    ['{"id":1,"type":"error","error":{"code":"X"}}', { type: 'error', id: 1, error: { code: 'X' } }],
  ])("reads what belongs to a client's stream: %s", (text, expected) => {
    expect(decodeText(text)).toEqual(expected);
    expect(decodeText(text, { readsIds: false }).type).toBe('invalid');
  });

  it.each([
    ['{"id":1,"type":"request"}', 'n is not an integer from 1.'],
    ['{"id":1,"type":"request","n":0}', 'n is not an integer from 1.'],
    ['{"id":1,"type":"request","n":1.5}', 'n is not an integer from 1.'],
    ['{"id":1,"event":"a","request":null}', 'request is not an integer from 1.'],
    ['{"id":1,"event":"a","request":9007199254740992}', 'request is not an integer from 1.'],
  ])('says what is wrong with %s', (text, reason) => {
    expect(decodeText(text)).toEqual({ type: 'malformed', id: 1, reason });
  });

  it('reads how many values a request wants, where it has an id', () => {
    expect(decodeText('{"id":1,"event":"a","request":3}')).toMatchObject({ id: 1, request: 3 });
    expect(decodeText('{"event":"a","request":0}')).toEqual({ type: 'event', event: 'a' });
    expect(decodeText('{"id":1,"event":"a","request":0}', { readsIds: false })).toEqual({ type: 'event', event: 'a' });
  });

  it.each([
    '',
    ' ',
    'a',
    '{',
    '{"event":"a"',
    '{"event":"a"}x',
    "{'event':'a'}",
    '{"event":undefined}',
    '{"event":"a",}',
    '\ufeff{"event":"a"}',
    '{"event":"\n"}',
    'NaN',
    '[',
  ])('says that %p is not JSON', (text) => {
    expect(decodeText(text)).toEqual({ type: 'invalid', reason: 'The message is not JSON.' });
  });

  it.each(['null', 'true', '1', '"event"', '-0', '1e400'])('says that %s is no object', (text) => {
    expect(decodeText(text)).toEqual({ type: 'invalid', reason: 'The message is not an object.' });
  });

  it.each([
    '{}',
    '[]',
    '["event"]',
    '[{"event":"a"}]',
    '{"data":1}',
    '{"Event":"a"}',
    '{"id":1}',
    '{"id":1,"type":"nothing"}',
    '{"id":1,"type":"Cancel"}',
    '{"type":"cancel"}',
    '{"type":["cancel"],"id":1}',
    '{"__proto__":{"event":"a"}}',
    '{"__proto__":{"type":"cancel","id":1}}',
    '{"constructor":{"prototype":{"event":"a"}}}',
  ])('says that %s names no event', (text) => {
    expect(decodeText(text)).toEqual({ type: 'invalid', reason: 'The message names no event.' });
  });

  it.each([
    'null',
    'true',
    '1.5',
    '9007199254740992',
    '1e400',
    '{}',
    '[]',
    '[1]',
    `"${'x'.repeat(65)}"`,
    `"${'é'.repeat(33)}"`,
  ])('refuses the id %s, whatever the message is', (id) => {
    for (const rest of ['"event":"a"', '"type":"cancel"', '"data":1']) {
      expect(decodeText(`{"id":${id},${rest}}`)).toMatchObject({
        type: 'invalid',
        reason: expect.stringContaining('id'),
      });
    }
  });

  it('changes no prototype', () => {
    const incoming = decodeText('{"event":"a","data":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1}}');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(incoming).toMatchObject({ type: 'event', id: undefined });
    const { data } = incoming as { data: object };
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
    expect(Object.keys(data)).toEqual(['__proto__']);
  });

  it('takes nesting of any depth', () => {
    const deep = `{"event":"a","data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(decodeText(deep).type).toBe('event');
    expect(decodeText('['.repeat(1_000_000)).type).toBe('invalid');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        expect(['event', 'cancel', 'invalid']).toContain(decodeText(text).type);
      }),
    );
  });
});

describe('interpret', () => {
  it('understands what a parser of the application made', () => {
    expect(interpret({ event: 'a', data: new Uint8Array(1), id: 1 })).toEqual({
      type: 'event',
      event: 'a',
      data: new Uint8Array(1),
      id: 1,
    });
    expect(interpret(Object.assign(Object.create(null), { event: 'a' }))).toMatchObject({ type: 'event', event: 'a' });
  });

  it.each<[unknown]>([[undefined], [null], ['event'], [1], [1n], [Symbol('a')], [true], [() => 1]])(
    'says that %p is no object',
    (message) => {
      expect(interpret(message)).toEqual({ type: 'invalid', reason: 'The message is not an object.' });
    },
  );

  it('takes an undefined id for none', () => {
    expect(interpret({ event: 'a', id: undefined })).toEqual({
      type: 'event',
      event: 'a',
      data: undefined,
      id: undefined,
    });
  });
});

describe('what is sent', () => {
  it('without an id is what platform-ws sends', () => {
    expect(encodeEvent('a', { b: 1 })).toBe('{"event":"a","data":{"b":1}}');
    expect(encodeEvent('a', null)).toBe('{"event":"a","data":null}');
    expect(encodeEvent('a', undefined)).toBe('{"event":"a"}');
    expect(encodeEvent('__proto__', '')).toBe('{"event":"__proto__","data":""}');
  });

  it('next carries the id and the value', () => {
    expect(encodeNext(7, { b: 1 })).toBe('{"id":7,"type":"next","data":{"b":1}}');
    expect(encodeNext('x', null)).toBe('{"id":"x","type":"next","data":null}');
    expect(encodeNext('', undefined)).toBe('{"id":"","type":"next"}');
    expect(encodeNext(0, 'text')).toBe('{"id":0,"type":"next","data":"text"}');
    expect(encodeNext(0, [{ event: 'a', data: 1 }])).toBe('{"id":0,"type":"next","data":[{"event":"a","data":1}]}');
  });

  it("next keeps both fields of a handler's answer that names its event", () => {
    expect(encodeNext(1, { event: 'a', data: 2 })).toBe('{"id":1,"type":"next","event":"a","data":2}');
    expect(encodeNext(1, { data: null, event: 'a', more: 3 })).toBe('{"id":1,"type":"next","event":"a","data":null}');
    expect(encodeNext(1, { event: 'a' })).toBe('{"id":1,"type":"next","data":{"event":"a"}}');
    expect(encodeNext(1, { data: 'a' })).toBe('{"id":1,"type":"next","data":{"data":"a"}}');
  });

  it('complete and error end an answer', () => {
    expect(encodeComplete('x')).toBe('{"id":"x","type":"complete"}');
    expect(encodeError(1, { status: 400, code: 'BAD_REQUEST', message: 'No.' })).toBe(
      '{"id":1,"type":"error","error":{"status":400,"code":"BAD_REQUEST","message":"No."}}',
    );
    expect(JSON.parse(encodeError(1, { status: 500, code: 'A', message: '', details: [1] }))).toMatchObject({
      error: { details: [1] },
    });
  });

  it('next and complete are, byte for byte, what JSON.stringify makes of an object', () => {
    const plain = (id: unknown, data: unknown): string => JSON.stringify({ id, type: 'next', data });
    fc.assert(
      fc.property(ids, json, (id, data) => {
        expect(encodeNext(id, [data])).toBe(plain(id, [data]));
        expect(encodeComplete(id)).toBe(JSON.stringify({ id, type: 'complete' }));
      }),
    );
    const odd = [undefined, () => 1, Symbol('s'), NaN, -0, new Date(0), { toJSON: () => undefined }, '\u2028"\ud800'];
    for (const value of odd) expect(encodeNext(-0, value)).toBe(plain(-0, value));
    expect(encodeComplete(Number.MAX_SAFE_INTEGER)).toBe('{"id":9007199254740991,"type":"complete"}');
  });

  it('carries any id and value back and forth', () => {
    fc.assert(
      fc.property(ids, fc.string(), json, (id, event, data) => {
        expect(decodeText(JSON.stringify({ event, data, id }))).toEqual({ type: 'event', event, data, id });
        expect(decodeText(encodeEvent(event, data))).toEqual({ type: 'event', event, data, id: undefined });
        expect(JSON.parse(encodeNext(id, { event, data }))).toEqual({ id, type: 'next', event, data });
        expect(JSON.parse(encodeNext(id, [data]))).toEqual({ id, type: 'next', data: [data] });
        expect(JSON.parse(encodeComplete(id))).toEqual({ id, type: 'complete' });
      }),
    );
  });
});

describe('isEventResponse', () => {
  it('is an object with both fields, own or inherited', () => {
    class Answer {
      readonly event = 'a';
      get data(): number {
        return 1;
      }
    }
    expect([{ event: 'a', data: 1 }, { event: 'a', data: undefined }, new Answer()].map(isEventResponse)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it.each<[unknown]>([
    [null],
    [undefined],
    ['event data'],
    [1],
    [{}],
    [{ event: 'a' }],
    [{ data: 1 }],
    [['event', 'data']],
  ])('is not %p', (value) => {
    expect(isEventResponse(value)).toBe(false);
  });
});
