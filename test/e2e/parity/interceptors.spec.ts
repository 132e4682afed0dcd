// Interceptors: what they make of an answer, in which order they run among guards, pipes and filters, and what global ones see.

import { describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  Catch,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import {
  BaseWsExceptionFilter,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import {
  EMPTY,
  type Observable,
  catchError,
  concatMap,
  defaultIfEmpty,
  finalize,
  from,
  map,
  mergeWith,
  of,
  tap,
  throwError,
} from 'rxjs';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { describeOnNest12, onNest } from '../../support/nest-version.js';
import { useApp } from '../../support/nest-app.js';

const interceptor = (intercept: NestInterceptor['intercept']): NestInterceptor => ({ intercept });

const wrap = (name: string): NestInterceptor =>
  interceptor((_context, next) => next.handle().pipe(map((value: unknown) => ({ [name]: value }))));

/** The steps of the current message, in order. */
const steps: string[] = [];

const noting = (name: string): NestInterceptor =>
  interceptor((_context, next) => {
    steps.push(`${name} before`);
    return next.handle().pipe(
      tap((value) => steps.push(`${name} saw ${JSON.stringify(value)}`)),
      finalize(() => steps.push(`${name} after`)),
    );
  });

const notingGuard = (name: string): CanActivate => ({
  canActivate: () => {
    steps.push(name);
    return true;
  },
});

const notingPipe = (name: string): PipeTransform => ({
  transform: (value: unknown) => {
    steps.push(name);
    return value;
  },
});

@Catch()
class NotingFilter extends BaseWsExceptionFilter {
  override catch(...[exception, host]: Parameters<BaseWsExceptionFilter['catch']>): void {
    steps.push('filter');
    super.catch(exception, host);
  }
}

@Injectable()
class ContextInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const ws = context.switchToWs();
    const seen = [context.getType(), context.getClass().name, context.getHandler().name, ws.getPattern(), ws.getData()];
    return next.handle().pipe(map((value: unknown) => ({ seen, value })));
  }
}

@WebSocketGateway()
class InterceptedGateway extends EchoGateway {
  @UseInterceptors(wrap('outer'), wrap('inner'))
  @SubscribeMessage('wrapped')
  wrapped(): string {
    return 'value';
  }

  @UseInterceptors(wrap('each'))
  @SubscribeMessage('wrapped stream')
  wrappedStream(): Observable<number> {
    return of(1, 2);
  }

  @UseInterceptors(wrap('event'))
  @SubscribeMessage('wrapped undefined')
  wrappedUndefined(): void {}

  @UseInterceptors(interceptor((_context, next) => next.handle().pipe(defaultIfEmpty('nothing came'))))
  @SubscribeMessage('default')
  default(): Observable<unknown> {
    return EMPTY;
  }

  @UseInterceptors(interceptor((_context, next) => next.handle().pipe(concatMap((value) => of(value, 'and more')))))
  @SubscribeMessage('multiplied')
  multiplied(): string {
    return 'one';
  }

  @UseInterceptors(interceptor((_context, next) => next.handle().pipe(mergeWith(of('from the interceptor')))))
  @SubscribeMessage('merged')
  merged(): string {
    return 'from the handler';
  }

  @UseInterceptors(interceptor(() => of({ event: 'cached', data: 1 })))
  @SubscribeMessage('cached')
  cached(): never {
    throw new Error('the handler must not run');
  }

  @UseInterceptors(interceptor(() => throwError(() => new WsException('the interceptor refused'))))
  @SubscribeMessage('refused')
  refused(): void {}

  @UseInterceptors(
    interceptor((_context, next) => next.handle().pipe(catchError((error: Error) => of({ caught: error.message })))),
  )
  @SubscribeMessage('caught')
  caught(): never {
    throw new WsException('mid-flight');
  }

  @UseInterceptors(
    interceptor(async (_context, next) => {
      await Promise.resolve();
      return next.handle().pipe(map((value: unknown) => [value]));
    }),
  )
  @SubscribeMessage('async')
  async(): Promise<string> {
    return Promise.resolve('value');
  }

  @UseInterceptors(interceptor((_context, next) => from(next.handle()).pipe(map(() => undefined))))
  @SubscribeMessage('silenced')
  silenced(): string {
    return 'unheard';
  }

  @UseInterceptors(ContextInterceptor)
  @SubscribeMessage('context')
  context(@MessageBody() data: unknown): unknown {
    return data;
  }
}

@UseGuards(notingGuard('class guard'))
@UseInterceptors(noting('class interceptor'))
@UsePipes(notingPipe('class pipe'))
@UseFilters(NotingFilter)
@WebSocketGateway()
class OrderGateway extends EchoGateway {
  @UseGuards(notingGuard('method guard 1'), notingGuard('method guard 2'))
  @UseInterceptors(noting('method interceptor 1'), noting('method interceptor 2'))
  @UsePipes(notingPipe('method pipe'))
  @SubscribeMessage('order')
  order(@MessageBody(notingPipe('parameter pipe')) fail: boolean): string {
    steps.push('handler');
    if (fail) throw new WsException('failed');
    return 'done';
  }
}

describe.each(adapters)('interceptors over %s', (_name, adapter) => {
  describe('of handlers', () => {
    const app = useApp({ adapter, providers: [InterceptedGateway] });

    it.each<[string, string[]]>([
      ['wrapped', ['{"outer":{"inner":"value"}}']],
      ['wrapped stream', ['{"each":1}', '{"each":2}']],
      ['wrapped undefined', ['{}']],
      ['default', ['"nothing came"']],
      ['multiplied', ['"one"', '"and more"']],
      ['merged', ['"from the interceptor"', '"from the handler"']],
      ['cached', ['{"event":"cached","data":1}']],
      [
        'refused',
        [
          '{"event":"exception","data":{"status":"error","message":"the interceptor refused","cause":{"pattern":"refused","data":7}}}',
        ],
      ],
      ['caught', ['{"caught":"mid-flight"}']],
      ['async', ['["value"]']],
      ['silenced', []],
      ['context', ['{"seen":["ws","InterceptedGateway","context","context",7],"value":7}']],
    ])('%s', async (event, expected) => {
      const client = await app.connect();
      client.emit(event, 7);
      expect(await client.take(expected.length)).toEqual(expected);
      await client.expectSilence();
    });
  });

  describe('among guards, pipes and filters', () => {
    const app = useApp({
      adapter,
      providers: [OrderGateway],
      configure: (nest) =>
        nest
          .useGlobalGuards(notingGuard('global guard'))
          .useGlobalInterceptors(noting('global interceptor'))
          .useGlobalPipes(notingPipe('global pipe')),
    });

    // With Nest 11 nothing global comes before a gateway's messages.
    const asked = (all: readonly string[]): readonly string[] =>
      onNest({ 11: all.filter((step) => !step.startsWith('global')), 12: all });

    const inwards = [
      'global guard',
      'class guard',
      'method guard 1',
      'method guard 2',
      'global interceptor before',
      'class interceptor before',
      'method interceptor 1 before',
      'method interceptor 2 before',
      'global pipe',
      'class pipe',
      'method pipe',
      'parameter pipe',
      'handler',
    ];

    it('an answer passes all of them', async () => {
      const client = await app.connect();
      steps.length = 0;
      expect(await client.ask('order', false)).toBe('"done"');
      expect(steps).toEqual(
        asked([
          ...inwards,
          'method interceptor 2 saw "done"',
          'method interceptor 1 saw "done"',
          'class interceptor saw "done"',
          'global interceptor saw "done"',
          'method interceptor 2 after',
          'method interceptor 1 after',
          'class interceptor after',
          'global interceptor after',
        ]),
      );
    });

    it('an exception passes them to the filter', async () => {
      const client = await app.connect();
      steps.length = 0;
      expect(await client.ask('order', true)).toBe(
        '{"event":"exception","data":{"status":"error","message":"failed","cause":{"pattern":"order","data":true}}}',
      );
      expect(steps).toEqual(
        asked([
          ...inwards,
          'filter',
          'method interceptor 2 after',
          'method interceptor 1 after',
          'class interceptor after',
          'global interceptor after',
        ]),
      );
    });
  });

  // As above.
  describeOnNest12('by APP_INTERCEPTOR', () => {
    const app = useApp({
      adapter,
      providers: [OrderGateway, { provide: APP_INTERCEPTOR, useValue: wrap('app') }],
    });

    it('run on messages', async () => {
      const client = await app.connect();
      expect(await client.ask('order', false)).toBe('{"app":"done"}');
      expect(await client.ask('echo', 1)).toBe('{"app":{"event":"echo","data":1}}');
    });
  });
});
