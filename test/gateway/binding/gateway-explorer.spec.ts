// Exception filters: the user's are asked first, ours is the last, and what is tied to an id is answered with it.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  type CanActivate,
  type ExceptionFilter,
  ForbiddenException,
  Module,
  UseFilters,
  UseGuards,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import {
  BaseWsExceptionFilter,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { IsString } from 'class-validator';
import { prepareGateways } from '../../../lib/gateway/binding/gateway-explorer.js';
import { EXCEPTION_FILTERS_METADATA } from '../../../lib/gateway/binding/nest-metadata.js';
import { WireExceptionFilter } from '../../../lib/gateway/binding/wire-exception.filter.js';
import { WireAdapter, type WireSocket } from '../../../lib/index.js';
import { FrameClient } from '../../support/frame-client.js';
import { startWireApp, useWireApp } from '../../support/wire-app.js';

class Special extends Error {}

/** Answers by itself, and says who it is. */
class NamedFilter implements ExceptionFilter {
  catch(_exception: unknown, host: ArgumentsHost): void {
    host.switchToWs().getClient<WireSocket>().send(`"${this.constructor.name}"`);
  }
}

@Catch(Special)
class SpecialFilter extends NamedFilter {}

@Catch(TypeError)
class TypeErrorFilter extends NamedFilter {}

@Catch(WsException)
class ExtendingFilter extends BaseWsExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    super.catch(exception, host);
  }
}

@Catch(RangeError)
class FailingFilter implements ExceptionFilter {
  catch(): void {
    throw new Error('a filter that fails');
  }
}

class NobodyGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

class ForbiddingGuard implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException('Not on Sundays.');
  }
}

class Body {
  @IsString()
  name!: string;
}

const errors: Record<string, () => Error> = {
  special: () => new Special(),
  type: () => new TypeError('secret'),
  range: () => new RangeError('secret'),
  ws: () => new WsException('said'),
  plain: () => new Error('secret'),
};

@WebSocketGateway({ path: '/filtered' })
@UseFilters(TypeErrorFilter, FailingFilter)
class FilteredGateway {
  @SubscribeMessage('fail')
  @UseFilters(new SpecialFilter())
  fail(@MessageBody() kind: string): never {
    throw errors[kind]!();
  }

  @SubscribeMessage('extended')
  @UseFilters(ExtendingFilter)
  extended(): never {
    throw new WsException('said');
  }

  @SubscribeMessage('guarded')
  @UseGuards(NobodyGuard)
  guarded(): void {
    // Never reached.
  }

  @SubscribeMessage('forbidden')
  @UseGuards(ForbiddingGuard)
  forbidden(): void {
    // Never reached.
  }

  @SubscribeMessage('validated')
  @UsePipes(new ValidationPipe())
  validated(@MessageBody() _body: Body): string {
    return 'valid';
  }
}

@WebSocketGateway({ path: '/plain' })
class PlainGateway {
  @SubscribeMessage('fail')
  fail(@MessageBody() kind: string): never {
    throw errors[kind]!();
  }
}

const app = useWireApp({ providers: [FilteredGateway, PlainGateway] });

const next = (error: object) => ({ id: 1, type: 'error', error });
const INTERNAL = { status: 500, code: 'INTERNAL_ERROR', message: 'Internal server error' };

describe('with an id', () => {
  it.each([
    ['/plain', 'special', INTERNAL],
    ['/plain', 'type', INTERNAL],
    ['/plain', 'ws', { status: 400, code: 'BAD_REQUEST', message: 'said' }],
    ['/filtered', 'plain', INTERNAL],
    ['/filtered', 'ws', { status: 400, code: 'BAD_REQUEST', message: 'said' }],
    ['/filtered', 'range', INTERNAL],
  ])('on %s, what no filter took (%s) is an error answer', async (path, data, error) => {
    const client = await app.current.client(path);
    expect(await client.ask({ id: 1, event: 'fail', data })).toEqual(next(error));
    await client.expectSilence();
  });

  it.each([
    ['special', 'SpecialFilter'],
    ['type', 'TypeErrorFilter'],
  ])('what a filter of the user takes (%s) is its own to answer; the request completes', async (data, name) => {
    const client = await app.current.client('/filtered');
    expect(await client.ask({ id: 1, event: 'fail', data })).toBe(name);
    expect(await client.nextJson()).toEqual({ id: 1, type: 'complete' });
  });

  it('a filter that extends Nest’s answers as Nest does', async () => {
    const client = await app.current.client('/filtered');
    expect(await client.ask({ id: 1, event: 'extended' })).toMatchObject({
      event: 'exception',
      data: { message: 'said' },
    });
    expect(await client.nextJson()).toEqual({ id: 1, type: 'complete' });
  });

  it.each([
    ['guarded', { status: 403, code: 'FORBIDDEN', message: 'Forbidden resource' }],
    ['forbidden', { status: 403, code: 'FORBIDDEN', message: 'Not on Sundays.' }],
    ['validated', { status: 400, code: 'BAD_REQUEST', message: 'Bad Request', details: ['name must be a string'] }],
  ])('guards and pipes speak through it: %s', async (event, error) => {
    const client = await app.current.client('/filtered');
    expect(await client.ask({ id: 1, event, data: { name: 5 } })).toEqual(next(error));
  });
});

describe('without an id', () => {
  it('the answer is Nest’s own', async () => {
    const client = await app.current.client('/filtered');
    expect(await client.ask({ event: 'fail', data: 'ws' })).toEqual({
      event: 'exception',
      data: { status: 'error', message: 'said', cause: { pattern: 'fail', data: 'ws' } },
    });
    expect(await client.ask({ event: 'fail', data: 'type' })).toBe('TypeErrorFilter');
  });

  it('a filter that fails itself: an exception event, and a log line', async () => {
    const client = await app.current.client('/filtered');
    expect(await client.ask({ event: 'fail', data: 'range' })).toEqual({
      event: 'exception',
      data: { status: 'error', message: 'Internal server error' },
    });
    expect(app.current.logged('error')).toMatch('An answer could not be sent');
  });
});

describe('prepareGateways', () => {
  it('puts our filter first in the list, which Nest asks last, once for every application', async () => {
    const second = await startWireApp({ providers: [FilteredGateway, PlainGateway] });
    prepareGateways(second.app);
    const filters = Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, FilteredGateway) as unknown[];
    expect(filters).toEqual([expect.any(WireExceptionFilter), TypeErrorFilter, FailingFilter]);
    await second.close();
  });

  it('does not touch classes that are no gateways', async () => {
    class Service {
      handleConnection(): void {
        // Only looks like a hook.
      }
    }
    const other = await startWireApp({
      providers: [Service, { provide: 'value', useValue: 5 }, { provide: 'made', useFactory: () => ({}) }],
    });
    expect(Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, Service)).toBeUndefined();
    expect(Object.hasOwn(other.get(Service), 'handleConnection')).toBe(false);
    await other.close();
  });
});

describe('a gateway of a module that is loaded lazily', () => {
  @WebSocketGateway({ path: '/lazy' })
  class LazyGateway {
    async handleConnection(): Promise<void> {
      await Promise.resolve();
      throw new WsException({ code: 4001, message: 'not today' });
    }
  }

  @WebSocketGateway({ path: '/lazy-errors' })
  class LazyErrorsGateway {
    @SubscribeMessage('fail')
    fail(): void {
      throw new ForbiddenException('no');
    }
  }

  @Module({ providers: [LazyGateway, LazyErrorsGateway] })
  class LazyModule {}

  it('before the application is initialised is prepared like every other', async () => {
    const app = await NestFactory.create(class AppModule {}, new ExpressAdapter(), {
      logger: false,
      abortOnError: false,
    });
    app.useWebSocketAdapter(new WireAdapter(app));
    await app.get(LazyModuleLoader).load(() => LazyModule);
    await app.listen(0, '127.0.0.1');
    const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
    const turnedAway = await FrameClient.open(port, '/lazy');
    expect(await turnedAway.nextClose()).toBe(4001);
    const client = await FrameClient.open(port, '/lazy-errors');
    expect(await client.ask({ event: 'fail', id: 1 })).toEqual({
      id: 1,
      type: 'error',
      error: { status: 403, code: 'FORBIDDEN', message: 'no' },
    });
    client.drop();
    turnedAway.drop();
    await app.close();
  });
});
