// What a handler returns, becoming what leaves: values, streams, values that cannot be written, and their end.

import { describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type ExecutionContext,
  HttpException,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { concat, EMPTY, map, type Observable, of, throwError } from 'rxjs';
import type { WireSocket } from '../../../lib/index.js';
import { Inbox } from '../../support/bounded-wait.js';
import { useWireApp } from '../../support/wire-app.js';

/** What happened to the streams, in order. */
const told = new Inbox<string>('news of a stream');

/** An iterable that tells what is asked of it, with faults where they are wanted. */
function iterable(
  name: string,
  values: unknown[],
  faults: { next?: () => Promise<IteratorResult<unknown>>; return?: () => Promise<IteratorResult<unknown>> } = {},
): AsyncIterable<unknown> {
  let given = 0;
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        if (given < values.length) return Promise.resolve({ done: false, value: values[given++] });
        return faults.next?.() ?? Promise.resolve({ done: true, value: 'the last value counts for nothing' });
      },
      return: () => {
        told.push(`${name} returned`);
        return faults.return?.() ?? Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}

class WrapInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value: unknown) => value));
  }
}

const circular: Record<string, unknown> = {};
circular['self'] = circular;

const returned: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  zero: () => 0,
  false: () => false,
  'empty string': () => '',
  object: () => ({ a: 1 }),
  array: () => [1, 2],
  promise: () => Promise.resolve('p'),
  'Observable of several': () => of(1, undefined, null, 2),
  'Observable of none': () => EMPTY,
  'promise of an Observable': () => Promise.resolve(of('x', 'y')),
  'async iterable': () => iterable('it', [1, undefined, 2]),
  'iterable that is empty': () => iterable('it', []),
  'iterable whose values are iterables': () => iterable('outer', [iterable('inner', [1, 2]), 3]),
  'Observable of an iterable': () => concat(of(1), of(iterable('inside', [2, 3]))),
  'iterable without a return': () => ({ [Symbol.asyncIterator]: () => bareIterator([7]) }),
  'iterable whose iterator throws': () => ({
    [Symbol.asyncIterator]: () => {
      throw new WsException('No iterator.');
    },
  }),
  'iterable that fails': () => iterable('failing', [1], { next: () => Promise.reject(new WsException('Broken.')) }),
  'iterable that throws': () =>
    iterable('throwing', [1], {
      next: () => {
        throw new WsException('Thrown.');
      },
    }),
  'iterable that fails with nothing': () =>
    iterable('nothing', [1], { next: () => Promise.reject(Object.create(null) as Error) }),
  'iterable of a BigInt': () =>
    iterable('big', [1, 10n, 2], { return: () => Promise.reject(new Error('cannot return')) }),
  'iterable of a BigInt, thrown': () =>
    iterable('big', [10n], {
      return: () => {
        throw new Error('cannot return');
      },
    }),
  'Observable that fails': () =>
    concat(
      of(1),
      throwError(() => new WsException('Late.')),
    ),
  rejection: () => Promise.reject(new WsException('Rejected.')),
  BigInt: () => 10n,
  circular: () => circular,
  'toJSON that throws': () => ({
    toJSON() {
      throw new Error('secret');
    },
  }),
  'Observable of circular': () => of(1, circular, 2),
  'error with what JSON cannot say': () => Promise.reject(new WsException({ message: 'No.', size: 10n })),
  'iterable failing with what JSON cannot say': () =>
    iterable('unsayable', [], { next: () => Promise.reject(new HttpException({ message: 'No.', circular }, 400)) }),
  'Observable failing with what JSON cannot say': () =>
    throwError(() => new WsException({ message: 'No.', size: 10n })),
};

function bareIterator(values: unknown[]): AsyncIterator<unknown> {
  return {
    next: () => Promise.resolve(values.length > 0 ? { done: false, value: values.shift() } : { done: true, value: 0 }),
  };
}

@WebSocketGateway()
class StreamGateway {
  @SubscribeMessage('return')
  return(@MessageBody() name: string): unknown {
    return returned[name]!();
  }

  @SubscribeMessage('wrapped')
  @UseInterceptors(WrapInterceptor)
  wrapped(@MessageBody() name: string): unknown {
    return returned[name]!();
  }

  @SubscribeMessage('say')
  say(@ConnectedSocket() client: WireSocket): void {
    client.send('"said"');
  }
}

const app = useWireApp({ providers: [StreamGateway] });

/** The answers to a request for what `name` returns, the id left off. */
async function answers(event: string, name: string): Promise<unknown[]> {
  const client = await app.current.client();
  client.json({ id: 1, event, data: name });
  const lines: unknown[] = [];
  for (;;) {
    const { id, type, ...rest } = (await client.nextJson()) as {
      id: unknown;
      type: string;
      data?: unknown;
      error?: { message: string };
    };
    expect(id).toBe(1);
    lines.push(type === 'next' ? rest.data : type === 'error' ? `error: ${rest.error!.message}` : type);
    if (type === 'next') continue;
    await client.expectSilence();
    expect(await client.ask({ id: 1, event: 'return', data: 'undefined' })).toEqual({ id: 1, type: 'complete' });
    return lines;
  }
}

const complete: [string, unknown[]][] = [
  ['undefined', []],
  ['null', []],
  ['zero', [0]],
  ['false', [false]],
  ['empty string', ['']],
  ['object', [{ a: 1 }]],
  ['array', [[1, 2]]],
  ['promise', ['p']],
  ['Observable of several', [1, 2]],
  ['Observable of none', []],
  ['promise of an Observable', ['x', 'y']],
  ['async iterable', [1, 2]],
  ['iterable that is empty', []],
  ['Observable of an iterable', [1, 2, 3]],
  ['iterable without a return', [7]],
];

describe.each(['return', 'wrapped'])('what a handler returns (%s)', (event) => {
  it.each(complete)('%s', async (name, expected) => {
    expect(await answers(event, name)).toEqual([...expected, 'complete']);
  });

  it('an iterable of iterables: all of their values', async () => {
    const lines = await answers(event, 'iterable whose values are iterables');
    expect(lines.at(-1)).toBe('complete');
    expect(new Set(lines)).toEqual(new Set([1, 2, 3, 'complete']));
  });

  it.each([
    ['iterable whose iterator throws', ['error: No iterator.']],
    ['iterable that fails', [1, 'error: Broken.']],
    ['iterable that throws', [1, 'error: Thrown.']],
    ['iterable that fails with nothing', [1, 'error: Internal server error']],
    ['Observable that fails', [1, 'error: Late.']],
    ['rejection', ['error: Rejected.']],
    ['BigInt', ['error: Internal server error']],
    ['circular', ['error: Internal server error']],
    ['toJSON that throws', ['error: Internal server error']],
    ['Observable of circular', [1, 'error: Internal server error']],
    ['error with what JSON cannot say', ['error: Internal server error']],
    ['iterable failing with what JSON cannot say', ['error: Internal server error']],
    ['Observable failing with what JSON cannot say', ['error: Internal server error']],
  ])('%s ends with an error', async (name, expected) => {
    expect(await answers(event, name)).toEqual(expected);
  });

  it.each(['iterable of a BigInt', 'iterable of a BigInt, thrown'])(
    '%s: what cannot be written ends the stream, and a return that fails harms nobody',
    async (name) => {
      expect((await answers(event, name)).at(-1)).toBe('error: Internal server error');
      expect(await told.next()).toBe('big returned');
    },
  );

  it.each(['iterable that fails', 'iterable that throws', 'async iterable'])(
    '%s has ended by itself and is not returned',
    async (name) => {
      await answers(event, name);
      expect(told.size).toBe(0);
    },
  );
});

describe('without an id', () => {
  it.each(complete)('%s', async (name, expected) => {
    const client = await app.current.client();
    client.json({ event: 'return', data: name });
    for (const value of expected) expect(await client.nextJson()).toEqual(value);
    await client.expectSilence();
  });

  it.each([
    ['iterable that fails', 'Broken.'],
    ['iterable that fails with nothing', 'Internal server error'],
  ])('%s is an exception like any other', async (name, message) => {
    const client = await app.current.client();
    client.json({ event: 'return', data: name });
    expect(await client.nextJson()).toBe(1);
    expect(await client.nextJson()).toEqual({
      event: 'exception',
      data: { status: 'error', message, cause: { pattern: 'return', data: name } },
    });
  });

  it.each(['BigInt', 'circular', 'toJSON that throws', 'error with what JSON cannot say'])(
    '%s is an exception event, and the log has the reason',
    async (name) => {
      const client = await app.current.client();
      client.json({ event: 'return', data: name });
      let answer: unknown;
      do answer = await client.nextJson();
      while (answer === 1);
      expect(answer).toEqual({ event: 'exception', data: { status: 'error', message: 'Internal server error' } });
      expect(app.current.logged('error')).toMatch('An answer could not be sent');
      client.json({ event: 'say' });
      expect(await client.nextJson()).toBe('said');
    },
  );
});
