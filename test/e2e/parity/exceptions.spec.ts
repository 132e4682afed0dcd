// What a client gets for each thing that a handler can throw, `cause` included, and what is logged.

import { describe, expect, it } from '@jest/globals';
import { BadRequestException, type PipeTransform, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { type Observable, concat, map, of } from 'rxjs';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { useApp } from '../../support/nest-app.js';

class RoomFullException extends WsException {
  constructor() {
    super('the room is full');
  }
}

const failingPipe: PipeTransform = {
  transform: () => {
    throw new TypeError('in a pipe');
  },
};

/** Thrown by name, so that one handler covers them all. */
const throwables: Record<string, unknown> = {
  string: new WsException('went wrong'),
  'empty string': new WsException(''),
  object: new WsException({ code: 'E_ROOM', message: 'with a message', details: [1] }),
  array: new WsException([1, 2]),
  'object with event': new WsException({ event: 'kept inside', data: null }),
  subclass: new RoomFullException(),
  error: new Error('a secret'),
  'type error': new TypeError('a secret'),
  http: new BadRequestException('a secret'),
  'thrown string': 'just text',
  'thrown object': { status: 400, message: 'not an Error' },
  'thrown undefined': undefined,
  'thrown null': null,
  'thrown number': 42,
};

@WebSocketGateway()
class ExceptionsGateway extends EchoGateway {
  @SubscribeMessage('throw')
  throw(@MessageBody() name: string): never {
    throw throwables[name];
  }

  @SubscribeMessage('reject')
  async reject(@MessageBody() name: string): Promise<never> {
    await Promise.resolve();
    throw throwables[name];
  }

  @SubscribeMessage('stream')
  stream(@MessageBody('name') name: string): Observable<number> {
    return concat(
      of(1),
      of(2).pipe(
        map(() => {
          throw throwables[name];
        }),
      ),
      of(3),
    );
  }

  @UsePipes(failingPipe)
  @SubscribeMessage('pipe')
  pipe(@MessageBody() data: unknown): unknown {
    return data;
  }

  @UseGuards({
    canActivate: () => {
      throw new Error('in a guard');
    },
  })
  @SubscribeMessage('guard')
  guard(): void {}

  @UseInterceptors({
    intercept: () => {
      throw new WsException('in an interceptor');
    },
  })
  @SubscribeMessage('interceptor')
  interceptor(): void {}

  @SubscribeMessage('toJSON')
  toJson(): never {
    throw new WsException({ toJSON: () => 'not an object any more' });
  }
}

const failure = (message: string, cause: string): string =>
  `{"event":"exception","data":{"status":"error","message":${JSON.stringify(message)},"cause":${cause}}}`;

describe.each(adapters)('an exception over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [ExceptionsGateway] });

  describe.each(['throw', 'reject'])('by %s', (event) => {
    const cause = (name: string): string => `{"pattern":"${event}","data":"${name}"}`;
    const unknown = (name: string): [string, string] => [name, failure('Internal server error', cause(name))];

    it.each<[string, string]>([
      ['string', failure('went wrong', cause('string'))],
      ['empty string', failure('', cause('empty string'))],
      // An object is sent as it is: no status, no cause.
      ['object', '{"event":"exception","data":{"code":"E_ROOM","message":"with a message","details":[1]}}'],
      ['array', '{"event":"exception","data":[1,2]}'],
      ['object with event', '{"event":"exception","data":{"event":"kept inside","data":null}}'],
      ['subclass', failure('the room is full', cause('subclass'))],
      unknown('error'),
      unknown('type error'),
      unknown('http'),
      unknown('thrown string'),
      unknown('thrown object'),
      unknown('thrown undefined'),
      unknown('thrown null'),
      unknown('thrown number'),
    ])('%s', async (name, expected) => {
      const client = await app.connect();
      expect(await client.ask(event, name)).toBe(expected);
      await client.expectSilence();
    });
  });

  it.each<[string, string]>([
    ['string', failure('went wrong', '{"pattern":"stream","data":{"name":"string"}}')],
    ['error', failure('Internal server error', '{"pattern":"stream","data":{"name":"error"}}')],
  ])('in mid-stream: %s', async (name, expected) => {
    const client = await app.connect();
    client.emit('stream', { name });
    expect(await client.take(2)).toEqual(['1', expected]);
    await client.expectSilence();
  });

  it.each<[string, unknown, string]>([
    [
      'pipe',
      { big: [1, { two: 2 }] },
      failure('Internal server error', '{"pattern":"pipe","data":{"big":[1,{"two":2}]}}'),
    ],
    ['pipe', undefined, failure('Internal server error', '{"pattern":"pipe"}')],
    ['guard', null, failure('Internal server error', '{"pattern":"guard","data":null}')],
    ['interceptor', '', failure('in an interceptor', '{"pattern":"interceptor","data":""}')],
    ['toJSON', 1, '{"event":"exception","data":"not an object any more"}'],
  ])('in %s with %j', async (event, data, expected) => {
    const client = await app.connect();
    expect(await client.ask(event, data)).toBe(expected);
    await client.expectSilence();
  });

  it('is logged when neither a WsException nor an HTTP exception', async () => {
    const client = await app.connect();
    app.logger.takeErrors();
    await client.ask('throw', 'string');
    await client.ask('throw', 'object');
    expect(app.logger.takeErrors()).toEqual([]);
    await client.ask('throw', 'error');
    await client.ask('reject', 'http');
    await client.ask('throw', 'thrown string');
    expect(app.logger.takeErrors()).toEqual(['a secret', 'just text']);
  });
});
