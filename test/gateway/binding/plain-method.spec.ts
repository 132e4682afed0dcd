// Which handlers are plain, and what they are called with.

import { describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  type NestInterceptor,
  ParseIntPipe,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import {
  Ack,
  BaseWsExceptionFilter,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import type { Observable } from 'rxjs';
import { putGate } from '../../../lib/gateway/binding/error-gate.js';
import { handlerMethodsOf, type HandlerMethod, judgeHandlers } from '../../../lib/gateway/binding/plain-method.js';
import { OnText } from '../../../lib/index.js';

class OpenGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

class IdleInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

const Custom = createParamDecorator(() => 'custom');

class BaseGateway {
  @SubscribeMessage('inherited')
  inherited(@MessageBody() ...args: unknown[]): unknown[] {
    return args;
  }
}

@WebSocketGateway()
class MixedGateway extends BaseGateway {
  @SubscribeMessage('whole')
  whole(@MessageBody() _data: unknown): unknown[] {
    return [...arguments] as unknown[];
  }

  @SubscribeMessage('property')
  property(@MessageBody('name') _name: unknown): unknown[] {
    return [...arguments] as unknown[];
  }

  @SubscribeMessage('empty property')
  emptyProperty(@MessageBody('') _data: unknown): unknown[] {
    return [...arguments] as unknown[];
  }

  @SubscribeMessage('both')
  both(@MessageBody() _data: unknown, @ConnectedSocket() _client: unknown): unknown[] {
    return [...arguments] as unknown[];
  }

  @SubscribeMessage('with a gap')
  withAGap(_nothing: unknown, @ConnectedSocket() _client: unknown): unknown[] {
    return [...arguments] as unknown[];
  }

  @SubscribeMessage('undecorated')
  undecorated(): unknown[] {
    return [...arguments] as unknown[];
  }

  @SubscribeMessage('filtered')
  @UseFilters(new BaseWsExceptionFilter())
  filtered(@MessageBody() _data: unknown): unknown[] {
    return [...arguments] as unknown[];
  }

  @OnText()
  raw(@MessageBody() _data: unknown): unknown[] {
    return [...arguments] as unknown[];
  }

  @SubscribeMessage('guarded')
  @UseGuards(OpenGuard)
  guarded(): void {
    // Never called.
  }

  @SubscribeMessage('intercepted')
  @UseInterceptors(IdleInterceptor)
  intercepted(): void {
    // Never called.
  }

  @SubscribeMessage('piped')
  @UsePipes(ParseIntPipe)
  piped(): void {
    // Never called.
  }

  @SubscribeMessage('piped parameter')
  pipedParameter(@MessageBody(ParseIntPipe) _data: unknown): void {
    // Never called.
  }

  @SubscribeMessage('piped property')
  pipedProperty(@MessageBody('name', new ParseIntPipe()) _data: unknown): void {
    // Never called.
  }

  @SubscribeMessage('custom')
  custom(@MessageBody() _data: unknown, @Custom() _custom: unknown): void {
    // Never called.
  }

  @SubscribeMessage('acknowledged')
  acknowledged(@Ack() _ack: unknown): void {
    // Never called.
  }

  noHandler(): void {
    // Never called.
  }
}

function judge(type: Type<object>, config = new ApplicationConfig()): HandlerMethod[] {
  for (const [, method] of handlerMethodsOf(type)) putGate(method);
  return judgeHandlers({ instance: new type(), type, isStatic: true, hasConnectionHook: false }, config, {
    callsDirectly: true,
  });
}

const patternsOf = (methods: HandlerMethod[]): unknown[] => methods.map(({ pattern }) => String(pattern));
const plainOf = (methods: HandlerMethod[]): unknown[] => patternsOf(methods.filter(({ plain }) => plain !== undefined));

const PLAIN = [
  'whole',
  'property',
  'empty property',
  'both',
  'with a gap',
  'undecorated',
  'filtered',
  '(text messages)',
  'inherited',
];

describe('judgeHandlers', () => {
  it('finds every handler, in the order in which Nest binds them', () => {
    const patterns = patternsOf(judge(MixedGateway));
    expect(patterns).toHaveLength(16);
    expect(patterns[0]).toBe('whole');
    expect(patterns.at(-1)).toBe('inherited');
  });

  it('takes those for plain before which nothing stands, with plain parameters', () => {
    expect(plainOf(judge(MixedGateway))).toEqual(PLAIN);
  });

  it.each([
    ['guard', (config: ApplicationConfig) => config.useGlobalGuards(new OpenGuard())],
    ['interceptor', (config: ApplicationConfig) => config.useGlobalInterceptors(new IdleInterceptor())],
    ['pipe', (config: ApplicationConfig) => config.useGlobalPipes(new ParseIntPipe())],
  ])('takes none for plain where there is a global %s', (_, use) => {
    const config = new ApplicationConfig();
    use(config);
    expect(plainOf(judge(MixedGateway, config))).toEqual([]);
  });

  it.each([
    ['guard', UseGuards(OpenGuard)],
    ['interceptor', UseInterceptors(IdleInterceptor)],
    ['pipe', UsePipes(ParseIntPipe)],
  ])('takes none for plain in a class with a %s', (_, decorator) => {
    class Gateway extends MixedGateway {}
    decorator(Gateway);
    expect(plainOf(judge(Gateway))).toEqual([]);
  });

  it('takes a method that was replaced, and lost what the decorators wrote, for no handler', () => {
    class Gateway extends BaseGateway {
      override inherited(): unknown[] {
        return [];
      }
    }
    expect(judge(Gateway)).toEqual([]);
  });
});

describe('a plain method', () => {
  const client = { client: true };
  const methods = new Map(judge(MixedGateway).map(({ pattern, plain }) => [String(pattern), plain]));

  it.each([
    ['whole', { name: 'Ada' }, [{ name: 'Ada' }]],
    ['whole', undefined, [undefined]],
    ['property', { name: 'Ada' }, ['Ada']],
    ['property', undefined, [undefined]],
    ['property', null, [undefined]],
    ['property', 5, [undefined]],
    ['empty property', { name: 'Ada' }, [{ name: 'Ada' }]],
    ['both', 1, [1, client]],
    ['with a gap', 1, [undefined, client]],
    ['undecorated', 1, [client, 1, undefined]],
    ['inherited', 1, [1]],
  ])('%s is called, with %j as the data, as Nest would', (pattern, data, args) => {
    expect(methods.get(pattern)!.call(client, data)).toEqual(args);
  });
});
