// What a handler returns, and the exact message that it becomes: the value itself as JSON, with nothing added.

import { describe, expect, it } from '@jest/globals';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';

@WebSocketGateway()
class ValuesGateway extends EchoGateway {
  @SubscribeMessage('string')
  string(): string {
    return 'plain "text" é ✓ 🎈';
  }

  @SubscribeMessage('empty string')
  emptyString(): string {
    return '';
  }

  @SubscribeMessage('number')
  number(): number {
    return 5;
  }

  @SubscribeMessage('zero')
  zero(): number {
    return 0;
  }

  @SubscribeMessage('not a number')
  notANumber(): number {
    return Number.NaN;
  }

  @SubscribeMessage('false')
  false(): boolean {
    return false;
  }

  @SubscribeMessage('array')
  array(): unknown[] {
    return [1, 'two', null, undefined, { three: 3 }];
  }

  @SubscribeMessage('object')
  object(): object {
    return { b: 1, a: undefined, nested: { date: new Date(0) } };
  }

  @SubscribeMessage('own json')
  ownJson(): object {
    return { toJSON: () => ['what', 'toJSON', 'gave'] };
  }

  @SubscribeMessage('null')
  null(): null {
    return null;
  }

  @SubscribeMessage('undefined')
  undefined(): void {}

  @SubscribeMessage('event')
  event(): object {
    return { event: 'answer', data: { ok: true } };
  }

  @SubscribeMessage('event without data')
  eventWithoutData(): object {
    return { event: 'answer', data: undefined };
  }

  @SubscribeMessage('event and more')
  eventAndMore(): object {
    return { id: 7, data: 1, event: 'answer', extra: [] };
  }

  @SubscribeMessage('buffer')
  buffer(): Buffer {
    return Buffer.from([1, 2, 255]);
  }

  @SubscribeMessage('bytes')
  bytes(): Uint8Array {
    return new Uint8Array([1, 2]);
  }

  @SubscribeMessage('map')
  map(): Map<string, number> {
    return new Map([['a', 1]]);
  }

  @SubscribeMessage('function')
  function(): () => void {
    return () => undefined;
  }

  @SubscribeMessage('error')
  error(): Error {
    return new Error('returned, not thrown');
  }

  @SubscribeMessage('generator')
  async *generator(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }

  @SubscribeMessage('promise')
  async promise(): Promise<object> {
    await new Promise((resolve) => setImmediate(resolve));
    return { event: 'later', data: 1 };
  }

  @SubscribeMessage('promise of undefined')
  async promiseOfUndefined(): Promise<void> {}

  @SubscribeMessage('array of promises')
  arrayOfPromises(): Promise<number>[] {
    return [Promise.resolve(1)];
  }

  @SubscribeMessage('thenable')
  thenable(): PromiseLike<string> {
    return Promise.resolve('then');
  }
}

describe.each(adapters)('a returned value over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [ValuesGateway] });

  it.each([
    ['string', '"plain \\"text\\" é ✓ 🎈"'],
    ['empty string', '""'],
    ['number', '5'],
    ['zero', '0'],
    ['not a number', 'null'],
    ['false', 'false'],
    ['array', '[1,"two",null,null,{"three":3}]'],
    ['object', '{"b":1,"nested":{"date":"1970-01-01T00:00:00.000Z"}}'],
    ['own json', '["what","toJSON","gave"]'],
    ['event', '{"event":"answer","data":{"ok":true}}'],
    ['event without data', '{"event":"answer"}'],
    ['event and more', '{"id":7,"data":1,"event":"answer","extra":[]}'],
    ['buffer', '{"type":"Buffer","data":[1,2,255]}'],
    ['bytes', '{"0":1,"1":2}'],
    ['map', '{}'],
    ['error', '{}'],
    ['promise', '{"event":"later","data":1}'],
    ['array of promises', '[{}]'],
    ['thenable', '"then"'],
  ])('%s', async (event, expected) => {
    const client = await app.connect();
    expect(await client.ask(event)).toBe(expected);
    await client.expectSilence();
  });

  it.each(['null', 'undefined', 'promise of undefined'])('%s is not answered', async (event) => {
    const client = await app.connect();
    client.emit(event);
    await client.expectSilence();
  });

  // JSON.stringify(() => {}) is undefined, and `client.send(undefined)` sends an empty binary message.
  it('a function becomes an empty binary message', async () => {
    const client = await app.connect();
    expect(await client.ask('function')).toEqual(Buffer.alloc(0));
  });

  itDiffers(adapter, 'an async generator', {
    reason: 'it is streamed, one message for each value',
    identical: async () => {
      const client = await app.connect();
      expect(await client.ask('generator')).toBe('{}');
      await client.expectSilence();
    },
    better: async () => {
      const client = await app.connect();
      client.emit('generator');
      expect(await client.take(2)).toEqual(['1', '2']);
    },
  });
});
