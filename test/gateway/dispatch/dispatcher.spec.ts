// Messages with and without an id, on their way to the handlers and back.

import { describe, expect, it } from '@jest/globals';
import { Ack, ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { NEVER, type Observable, of, throwError } from 'rxjs';
import type { WireSocket } from '../../../lib/index.js';
import { Inbox } from '../../support/bounded-wait.js';
import { useWireApp } from '../../support/wire-app.js';

const torn = new Inbox<string>('a teardown');

@WebSocketGateway()
class FirstGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }

  @SubscribeMessage('event')
  event(@MessageBody() data: unknown): object {
    return { event: 'named', data };
  }

  @SubscribeMessage('three')
  three(): Observable<unknown> {
    return of(1, { event: 'second', data: 2 }, [3]);
  }

  @SubscribeMessage('never')
  never(): Observable<unknown> {
    return NEVER;
  }

  @SubscribeMessage('endless')
  async *endless(): AsyncIterable<number> {
    try {
      for (let i = 0; ; i++) {
        yield i;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      torn.push('endless');
    }
  }

  @SubscribeMessage('void')
  void(): void {
    // Nothing to say.
  }

  @SubscribeMessage('both')
  both(): string {
    return 'first';
  }

  @SubscribeMessage('fails-in-one')
  failsInOne(): never {
    throw new WsException({ status: 409, message: 'No.' });
  }

  @SubscribeMessage('throws')
  throws(): never {
    throw new Error('secret');
  }

  @SubscribeMessage('errs')
  errs(): Observable<unknown> {
    return throwError(() => new WsException('Later.'));
  }

  @SubscribeMessage('acked')
  acked(@MessageBody() data: unknown, @Ack() ack: (value?: unknown) => void): unknown {
    ack({ got: data });
    return 'not an answer';
  }

  @SubscribeMessage('acked-event')
  ackedEvent(@Ack() ack: (value?: unknown) => void): object {
    ack('acknowledged');
    return { event: 'also', data: 1 };
  }

  @SubscribeMessage('acked-without-a-value')
  ackedWithoutAValue(@Ack() ack: (value?: unknown) => void): void {
    ack();
  }

  @SubscribeMessage('listen')
  listen(@ConnectedSocket() client: WireSocket): string {
    client.on('message', () => undefined);
    return 'listening';
  }
}

@WebSocketGateway()
class SecondGateway {
  @SubscribeMessage('both')
  both(): Promise<string> {
    return Promise.resolve('second');
  }

  @SubscribeMessage('fails-in-one')
  failsInOne(): Observable<unknown> {
    return NEVER;
  }
}

const providers = [FirstGateway, SecondGateway];
const error = (id: unknown, status: number, code: string, message: string) => ({
  id,
  type: 'error',
  error: { status, code, message },
});
const complaint = (message: string) => ({ event: 'exception', data: { status: 'error', message } });

describe('a message with an id', () => {
  const app = useWireApp({ providers });

  it.each([[1], [0], [-5], [Number.MAX_SAFE_INTEGER], [''], ['a'], ['__proto__'], ['constructor'], ['é'.repeat(32)]])(
    'is answered with its id %j',
    async (id) => {
      const client = await app.current.client();
      expect(await client.ask({ id, event: 'echo', data: 'x' })).toEqual({ id, type: 'next', data: 'x' });
      expect(await client.nextJson()).toEqual({ id, type: 'complete' });
    },
  );

  it.each([[1.5], [2 ** 53], ['x'.repeat(65)], ['é'.repeat(33)], [null], [true], [{}], [[]]])(
    'that is none, %j, is complained about and runs nothing',
    async (id) => {
      const client = await app.current.client();
      expect(await client.ask({ id, event: 'echo', data: 'x' })).toEqual(
        complaint('The id is not a string of at most 64 bytes or an integer.'),
      );
    },
  );

  it('1 and "1" are two', async () => {
    const client = await app.current.client();
    client.json({ id: 1, event: 'never' });
    expect(await client.ask({ id: '1', event: 'void' })).toEqual({ id: '1', type: 'complete' });
  });

  it.each([
    ['event', [{ type: 'next', event: 'named', data: 1 }]],
    [
      'three',
      [
        { type: 'next', data: 1 },
        { type: 'next', event: 'second', data: 2 },
        { type: 'next', data: [3] },
      ],
    ],
    ['void', []],
    ['acked', [{ type: 'next', data: { got: 1 } }]],
    [
      'acked-event',
      [
        { type: 'next', data: 'acknowledged' },
        { type: 'next', event: 'also', data: 1 },
      ],
    ],
    ['acked-without-a-value', [{ type: 'next' }]],
  ])('%s: every value, then complete', async (event, values) => {
    const client = await app.current.client();
    client.json({ id: 'q', event, data: 1 });
    for (const value of [...values, { type: 'complete' }])
      expect(await client.nextJson()).toEqual({ id: 'q', ...value });
    await client.expectSilence();
  });

  it('several gateways answer to one id, and it is complete once', async () => {
    const client = await app.current.client();
    client.json({ id: 7, event: 'both' });
    const answers = [await client.nextJson(), await client.nextJson(), await client.nextJson()];
    // Which is ready first is theirs to say; that they are complete comes last.
    expect(new Set(answers.slice(0, 2).map((answer) => (answer as { data: string }).data))).toEqual(
      new Set(['first', 'second']),
    );
    expect(answers[2]).toEqual({ id: 7, type: 'complete' });
    await client.expectSilence();
  });

  it('an error of one gateway ends the request of all, and frees the id', async () => {
    const client = await app.current.client();
    expect(await client.ask({ id: 7, event: 'fails-in-one' })).toEqual(error(7, 409, 'CONFLICT', 'No.'));
    expect(await client.ask({ id: 7, event: 'void' })).toEqual({ id: 7, type: 'complete' });
  });

  it.each([
    ['throws', 500, 'INTERNAL_ERROR', 'Internal server error'],
    ['errs', 400, 'BAD_REQUEST', 'Later.'],
    ['no such event', 404, 'UNKNOWN_EVENT', 'No handler is subscribed to this event.'],
    ['__proto__', 404, 'UNKNOWN_EVENT', 'No handler is subscribed to this event.'],
    ['constructor', 404, 'UNKNOWN_EVENT', 'No handler is subscribed to this event.'],
    ['(text messages)', 404, 'UNKNOWN_EVENT', 'No handler is subscribed to this event.'],
  ])('%s: one error, no complete, and the id is free', async (event, status, code, message) => {
    const client = await app.current.client();
    for (let round = 0; round < 2; round++) {
      expect(await client.ask({ id: 'e', event })).toEqual(error('e', status, code, message));
    }
    await client.expectSilence();
  });

  it.each([[{}], [[]], [5], [null], [true]])('an event that is no string, %j, is unknown', async (event) => {
    const client = await app.current.client();
    expect(await client.ask({ id: 1, event })).toEqual(
      error(1, 404, 'UNKNOWN_EVENT', 'No handler is subscribed to this event.'),
    );
  });

  it('a live one used again is refused; the first goes on', async () => {
    const client = await app.current.client();
    client.json({ id: 'twice', event: 'never' });
    expect(await client.ask({ id: 'twice', event: 'echo', data: 1 })).toEqual(
      error('twice', 409, 'DUPLICATE_ID', 'A request with this id is still running.'),
    );
    expect(await client.ask({ id: 'twice', event: 'void' })).toMatchObject({ error: { code: 'DUPLICATE_ID' } });
  });

  it('the 65th at a time is refused, and a cancelled one makes room', async () => {
    const client = await app.current.client();
    for (let id = 0; id < 64; id++) client.json({ id, event: 'never' });
    expect(await client.ask({ id: 64, event: 'echo' })).toEqual(
      error(64, 429, 'TOO_MANY_STREAMS', 'Too many requests are running on this connection.'),
    );
    // Those without an id do not count.
    expect(await client.ask({ event: 'echo', data: 'bare' })).toBe('bare');
    client.json({ id: 5, type: 'cancel' });
    expect(await client.ask({ id: 64, event: 'void' })).toEqual({ id: 64, type: 'complete' });
  });

  it('cancel stops an async iterable, says nothing more and frees the id', async () => {
    const client = await app.current.client();
    expect(await client.ask({ id: 1, event: 'endless' })).toEqual({ id: 1, type: 'next', data: 0 });
    client.json({ id: 1, type: 'cancel' });
    expect(await torn.next()).toBe('endless');
    client.json({ id: 1, event: 'void' });
    let last: unknown;
    do last = await client.nextJson();
    while ((last as { type: string }).type === 'next');
    expect(last).toEqual({ id: 1, type: 'complete' });
    await client.expectSilence();
  });

  it.each([
    ['of nothing', { id: 'nobody', type: 'cancel' }],
    ['of a finished one', { id: 1, type: 'cancel' }],
  ])('a cancel %s is silence', async (_, cancel) => {
    const client = await app.current.client();
    client.json({ id: 1, event: 'void' });
    await client.nextJson();
    client.json(cancel);
    await client.expectSilence();
  });

  it('one client cannot cancel what another runs', async () => {
    const [one, other] = [await app.current.client(), await app.current.client()];
    one.json({ id: 'mine', event: 'never' });
    await one.roundTrip();
    other.json({ id: 'mine', type: 'cancel' });
    await other.roundTrip();
    expect(await one.ask({ id: 'mine', event: 'void' })).toMatchObject({ error: { code: 'DUPLICATE_ID' } });
  });
});

describe('a message without an id', () => {
  const app = useWireApp({ providers });

  it.each([
    [{ event: 'nobody' }, 'No handler is subscribed to this event.'],
    [{ event: '__proto__' }, 'No handler is subscribed to this event.'],
    [{ data: 1 }, 'The message names no event.'],
    [{ type: 'cancel' }, 'The message names no event.'],
    [{}, 'The message names no event.'],
    [[], 'The message names no event.'],
    [null, 'The message is not an object.'],
    ['text', 'The message is not an object.'],
    [5, 'The message is not an object.'],
  ])('that is of no use, %j, is told so', async (message, reason) => {
    const client = await app.current.client();
    expect(await client.ask(message)).toEqual(complaint(reason));
  });

  it.each(['', '{', '{"event":"echo"', 'undefined', '\u0000', "{'event':'echo'}", '{"event":"echo"} trailing'])(
    'that is no JSON, %j, is told so',
    async (text) => {
      const client = await app.current.client();
      client.text(text);
      expect(await client.nextJson()).toEqual(complaint('The message is not JSON.'));
    },
  );

  it('that is nested ten thousand deep harms nobody', async () => {
    const client = await app.current.client();
    const depth = 10_000;
    client.text(`{"event":"echo","data":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    await client.nextFrame();
    client.text(`{"id":1,"event":"echo","data":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`);
    await client.nextFrame();
    await client.roundTrip();
  });

  it('is met with silence once the gateway listens for messages itself', async () => {
    const client = await app.current.client();
    expect(await client.ask({ event: 'listen' })).toBe('listening');
    client.text('a language of its own');
    client.json({ event: 'nobody' });
    await client.expectSilence();
  });

  it.each([
    ['acked', [{ got: 1 }]],
    ['acked-event', ['acknowledged', { event: 'also', data: 1 }]],
    ['acked-without-a-value', []],
    ['three', [1, { event: 'second', data: 2 }, [3]]],
  ])('%s answers with values alone', async (event, values) => {
    const client = await app.current.client();
    client.json({ event, data: 1 });
    for (const value of values) expect(await client.nextJson()).toEqual(value);
    await client.expectSilence();
  });

  it('messages start in the order in which they came', async () => {
    const client = await app.current.client();
    for (let i = 0; i < 100; i++) client.json({ event: 'echo', data: i });
    for (let i = 0; i < 100; i++) expect(await client.nextJson()).toBe(i);
  });
});

describe('limits.maxStreams of a path', () => {
  @WebSocketGateway({ path: '/two', limits: { maxStreams: 2 } })
  class TwoGateway extends FirstGateway {}

  @WebSocketGateway({ path: '/any', limits: { maxStreams: 0 } })
  class AnyGateway extends FirstGateway {}

  const app = useWireApp({ providers: [TwoGateway, AnyGateway] });

  it('holds for its clients', async () => {
    const client = await app.current.client('/two');
    for (let id = 0; id < 2; id++) client.json({ id, event: 'never' });
    expect(await client.ask({ id: 2, event: 'echo' })).toMatchObject({ error: { code: 'TOO_MANY_STREAMS' } });
  });

  it('0 is no limit', async () => {
    const client = await app.current.client('/any');
    for (let id = 0; id < 200; id++) client.json({ id, event: 'never' });
    expect(await client.ask({ id: 'x', event: 'void' })).toEqual({ id: 'x', type: 'complete' });
  });
});

describe('compatibility: platform-ws', () => {
  const app = useWireApp({ providers, options: { compatibility: 'platform-ws' } });

  it('knows no ids and complains of nothing', async () => {
    const client = await app.current.client();
    expect(await client.ask({ id: 1, event: 'echo', data: 'x' })).toBe('x');
    for (const message of [{ event: 'nobody' }, { id: 1.5, event: 'nobody' }, {}, null]) client.json(message);
    client.text('no JSON');
    await client.expectSilence();
  });
});
