// Every kind of error, with an id and without: what the client gets, and what the exception filters of the handler got first,
// for handlers that are called directly and for those with guards, pipes and interceptors.

import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  type ExceptionFilter,
  HttpException,
  UseFilters,
  UseGuards,
  UseInterceptors,
  ValidationPipe,
} from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { IsString } from 'class-validator';
import { concat, map, type Observable, of, throwError } from 'rxjs';
import { useWireApp } from '../support/wire-app.js';

class Named {
  @IsString()
  readonly name!: string;
}

class Special extends Error {}

const calls: string[] = [];

/** What a filter took, by its name; what it sends shows that nobody else has answered. */
function takeFor(name: string, exception: Error, host: ArgumentsHost): void {
  calls.push(`${name} took ${exception.message} of ${JSON.stringify(host.switchToWs().getData())}`);
}

@Catch(Special)
class ClassFilter implements ExceptionFilter {
  catch(exception: Special, host: ArgumentsHost): void {
    takeFor('the class', exception, host);
  }
}

@Catch(Special)
class MethodFilter implements ExceptionFilter {
  catch(exception: Special, host: ArgumentsHost): void {
    takeFor('the method', exception, host);
  }
}

const open = {
  canActivate(): boolean {
    calls.push('guard');
    return true;
  },
};
const through = { intercept: (_context: unknown, next: CallHandler) => next.handle().pipe(map((value) => value)) };

async function* failing(error: unknown): AsyncIterable<number> {
  calls.push('method');
  yield 1;
  await Promise.resolve();
  throw error;
}

function thrown(kind: string): Error {
  if (kind === 'ws') return new WsException('said to the client');
  if (kind === 'http') return new HttpException('gone', 410);
  if (kind === 'special') return new Special('special');
  return new Error('secret');
}

@UseFilters(ClassFilter)
@WebSocketGateway({ path: '/errors' })
class ErrorsGateway {
  @SubscribeMessage('throw')
  throw(@MessageBody() kind: string): void {
    throw thrown(kind);
  }

  @SubscribeMessage('validated')
  validated(@MessageBody(new ValidationPipe()) named: Named): string {
    return named.name;
  }

  @SubscribeMessage('observable')
  observable(@MessageBody() kind: string): Observable<number> {
    return concat(
      of(1),
      throwError(() => thrown(kind)),
    );
  }

  @SubscribeMessage('iterable')
  iterable(@MessageBody() kind: string): AsyncIterable<number> {
    return failing(thrown(kind));
  }

  @UseFilters(MethodFilter)
  @SubscribeMessage('iterable of a filtered method')
  filtered(@MessageBody() kind: string): AsyncIterable<number> {
    return failing(thrown(kind));
  }

  @UseGuards(open)
  @UseInterceptors(through)
  @SubscribeMessage('guarded iterable')
  guarded(@MessageBody() kind: string): AsyncIterable<number> {
    return failing(thrown(kind));
  }

  @UseInterceptors(through)
  @SubscribeMessage('iterable in an Observable')
  nested(@MessageBody() kind: string): Observable<AsyncIterable<number>> {
    return of(failing(thrown(kind)));
  }

  @SubscribeMessage('unserialisable')
  unserialisable(): unknown {
    return { big: 1n };
  }
}

@UseGuards(open)
@UseFilters(ClassFilter)
@WebSocketGateway({ path: '/guarded-errors' })
class GuardedGateway {
  @SubscribeMessage('iterable')
  iterable(@MessageBody() kind: string): AsyncIterable<number> {
    return failing(thrown(kind));
  }
}

const SAID = { status: 400, code: 'BAD_REQUEST', message: 'said to the client' };
const GONE = { status: 410, code: 'REQUEST_ERROR', message: 'gone' };
const INTERNAL = { status: 500, code: 'INTERNAL_ERROR', message: 'Internal server error' };
const INVALID = {
  status: 400,
  code: 'BAD_REQUEST',
  message: 'Bad Request',
  details: ['name must be a string'],
};
const UNKNOWN = { status: 404, code: 'UNKNOWN_EVENT', message: 'No handler is subscribed to this event.' };

type Row = readonly [event: string, data: unknown, values: readonly number[], error: object, bare: string];

const STREAMS: readonly string[] = [
  'observable',
  'iterable',
  'iterable of a filtered method',
  'guarded iterable',
  'iterable in an Observable',
];

const rows: readonly Row[] = [
  ['throw', 'ws', [], SAID, 'said to the client'],
  ['throw', 'http', [], GONE, 'Internal server error'],
  ['throw', 'other', [], INTERNAL, 'Internal server error'],
  ['validated', { name: 7 }, [], INVALID, 'Internal server error'],
  ['nobody', 1, [], UNKNOWN, 'No handler is subscribed to this event.'],
  ['unserialisable', 1, [], INTERNAL, 'Internal server error'],
  ...STREAMS.flatMap((event): Row[] => [
    [event, 'ws', [1], SAID, 'said to the client'],
    [event, 'other', [1], INTERNAL, 'Internal server error'],
  ]),
];

describe('an error', () => {
  const app = useWireApp({ providers: [ErrorsGateway, GuardedGateway] });

  it.each(rows)('of %s with %j: tied to its id', async (event, data, values, error) => {
    const client = await app.current.client('/errors');
    client.json({ id: 1, event, data });
    for (const value of values) expect(await client.nextJson()).toEqual({ id: 1, type: 'next', data: value });
    expect(await client.nextJson()).toEqual({ id: 1, type: 'error', error });
    await client.expectSilence();
  });

  it.each(rows)('of %s with %j: an exception without an id', async (event, data, values, _error, message) => {
    const client = await app.current.client('/errors');
    client.json({ event, data });
    for (const value of values) expect(await client.nextJson()).toBe(value);
    expect(await client.nextJson()).toMatchObject({ event: 'exception', data: { status: 'error', message } });
    await client.expectSilence();
  });

  it('of JSON that cannot be read: an exception', async () => {
    const client = await app.current.client('/errors');
    client.text('{"id":1,"event":');
    expect(await client.nextJson()).toMatchObject({ event: 'exception', data: { status: 'error' } });
    await client.expectSilence();
  });

  it.each([
    ['/errors', 'observable', [], 'the class'],
    ['/errors', 'iterable', ['method'], 'the class'],
    ['/errors', 'iterable of a filtered method', ['method'], 'the method'],
    ['/errors', 'guarded iterable', ['guard', 'method'], 'the class'],
    ['/errors', 'iterable in an Observable', ['method'], 'the class'],
    ['/guarded-errors', 'iterable', ['guard', 'method'], 'the class'],
  ])('%s, %s: a filter of the application takes it, and nothing runs twice', async (path, event, before, filter) => {
    const client = await app.current.client(path);
    calls.length = 0;
    client.json({ id: 1, event, data: 'special' });
    expect(await client.nextJson()).toEqual({ id: 1, type: 'next', data: 1 });
    expect(await client.nextJson()).toEqual({ id: 1, type: 'complete' });
    expect(calls).toEqual([...before, `${filter} took special of "special"`]);
  });
});
