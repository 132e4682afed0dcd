import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeBody, decodeMessage, encodeBody, encodeMessage } from '../../lib/topic/topic-message.js';

const text = fc.string({ unit: 'binary', maxLength: 50 });

describe('A body', () => {
  it('is the JSON text that clients are sent', () => {
    expect(encodeBody('greet', { name: 'Ada' })).toBe('{"event":"greet","data":{"name":"Ada"}}');
    expect(encodeBody('greet', null)).toBe('{"event":"greet","data":null}');
    expect(encodeBody('greet', undefined)).toBe('{"event":"greet"}');
    expect(encodeBody('__proto__', '\n')).toBe(String.raw`{"event":"__proto__","data":"\n"}`);
  });

  it('says what was published', () => {
    fc.assert(
      fc.property(text, fc.jsonValue(), (event, data) => {
        expect(decodeBody(encodeBody(event, data))).toEqual({ event, data: JSON.parse(JSON.stringify(data)) });
      }),
    );
  });

  it('cannot say everything', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(() => encodeBody('greet', circle)).toThrow(TypeError);
    expect(() => encodeBody('greet', 1n)).toThrow(TypeError);
  });
});

describe('A message between nodes', () => {
  it('is a line that says how to read it, and the body as it is', () => {
    const body = '{"event":"greet"}';
    expect(encodeMessage({ body })).toBe('nestwire/1 {}\n{"event":"greet"}');
    expect(encodeMessage({ body, except: ['a"\n'] })).toBe(
      String.raw`nestwire/1 {"except":["a\"\n"]}` + '\n{"event":"greet"}',
    );
  });

  it('arrives as it was sent', () => {
    fc.assert(
      fc.property(text, fc.jsonValue(), fc.option(fc.array(text), { nil: undefined }), (event, data, except) => {
        const body = encodeBody(event, data);
        const message = except === undefined ? { body } : { body, except };
        expect(decodeMessage(encodeMessage(message))).toEqual(message);
      }),
    );
  });

  it('arrives byte for byte, however its JSON is written', () => {
    const body = '{ "data" : "\\u00e9",\n"event":"a" , "later":1.0e2}\n';
    expect(decodeMessage(`nestwire/1 {}\n${body}`)).toEqual({ body });
  });

  it('may have a head with fields that are not known yet', () => {
    const message = decodeMessage('nestwire/1 {"later":{"a":1},"except":["x"]}\n{"event":"a"}');
    expect(message).toEqual({ body: '{"event":"a"}', except: ['x'] });
  });

  it.each([
    '',
    '\n',
    'garbage',
    '{"event":"a"}',
    'nestwire/1 {}',
    'nestwire/1 {}\n',
    'nestwire/1 {}\n{}',
    'nestwire/1 {}\nnull',
    'nestwire/1 {}\n[1]',
    'nestwire/1 {}\n"event"',
    'nestwire/1 {}\n{"event":1}',
    'nestwire/1 {}\n{"event":"a"',
    'nestwire/1 {}\n{"__proto__":{"event":"a"}}',
    'nestwire/1 \n{"event":"a"}',
    'nestwire/1 null\n{"event":"a"}',
    'nestwire/1 {\n{"event":"a"}',
    'nestwire/1 {"except":null}\n{"event":"a"}',
    'nestwire/1 {"except":"a"}\n{"event":"a"}',
    'nestwire/1 {"except":[1]}\n{"event":"a"}',
    'nestwire/1{}\n{"event":"a"}',
    'nestwire/2 {}\n{"event":"a"}',
    'nestwire/10 {}\n{"event":"a"}',
    ' nestwire/1 {}\n{"event":"a"}',
    'NESTWIRE/1 {}\n{"event":"a"}',
  ])('is not read from %j', (garbage) => {
    expect(decodeMessage(garbage)).toBeUndefined();
  });

  it('is read from nothing by chance, and nothing makes it throw', () => {
    const head = fc.constantFrom('nestwire/1 ', 'nestwire/1 {}\n', 'nestwire/2 {}\n', '');
    fc.assert(
      fc.property(head, fc.oneof(text, fc.json()), (head, rest) => {
        const message = decodeMessage(head + rest);
        if (message !== undefined) expect(decodeBody(message.body)).toHaveProperty('event');
      }),
      { numRuns: 1_000 },
    );
  });
});
