import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  createParamDecorator,
  type ExceptionFilter,
  Injectable,
  ParseIntPipe,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  CATCH_METADATA,
  CONNECTED_SOCKET,
  EXCEPTION_FILTERS_METADATA,
  GATEWAY_METADATA,
  GATEWAY_OPTIONS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  MESSAGE_BODY,
  MESSAGE_MAPPING_METADATA,
  MESSAGE_METADATA,
  PARAMETER_TYPES_METADATA,
  PARAMETERS_METADATA,
  PIPES_METADATA,
  PORT_METADATA,
  SCOPE_METADATA,
} from '../../../lib/gateway/binding/nest-metadata.js';

@Catch()
class Filter implements ExceptionFilter {
  catch(_exception: unknown, _host: ArgumentsHost): void {
    // Never asked.
  }
}

describe('the keys of Nest’s metadata', () => {
  it('GATEWAY_METADATA is what @WebSocketGateway writes', () => {
    @WebSocketGateway()
    class Probe {}
    expect(Reflect.getMetadataKeys(Probe)).toContain(GATEWAY_METADATA);
    expect(Reflect.getMetadata(GATEWAY_METADATA, Probe)).toBe(true);
  });

  it('PORT_METADATA and GATEWAY_OPTIONS_METADATA are what it was given', () => {
    @WebSocketGateway(3000, { path: '/probe' })
    class Probe {}
    expect(Reflect.getMetadata(PORT_METADATA, Probe)).toBe(3000);
    expect(Reflect.getMetadata(GATEWAY_OPTIONS_METADATA, Probe)).toEqual({ path: '/probe' });
  });

  it('GUARDS_METADATA is what @UseGuards writes', () => {
    const guard: CanActivate = { canActivate: () => true };
    @UseGuards(guard)
    class Probe {}
    expect(Reflect.getMetadata(GUARDS_METADATA, Probe)).toEqual([guard]);
  });

  it('CATCH_METADATA is what @Catch writes', () => {
    @Catch(TypeError, RangeError)
    class Probe {}
    expect(Reflect.getMetadata(CATCH_METADATA, Probe)).toEqual([TypeError, RangeError]);
  });

  it('SCOPE_METADATA is what @Injectable writes', () => {
    @Injectable({ scope: Scope.REQUEST })
    class Probe {}
    expect(Reflect.getMetadata(SCOPE_METADATA, Probe)).toEqual({ scope: Scope.REQUEST });
  });

  it('PARAMETERS_METADATA is what parameter decorators write, PARAMETER_TYPES_METADATA what the compiler does', () => {
    const factory = (): undefined => undefined;
    const Parameter = createParamDecorator(factory);
    const pipe = { transform: (value: unknown) => value };
    class Probe {
      method(@Parameter('name', pipe) _value: number): void {
        // Never called.
      }
    }
    const parameters = Reflect.getMetadata(PARAMETERS_METADATA, Probe, 'method') as object;
    expect(Object.values(parameters)).toEqual([
      expect.objectContaining({ index: 0, factory, data: 'name', pipes: [pipe] }),
    ]);
    expect(Reflect.getMetadata(PARAMETER_TYPES_METADATA, Probe.prototype, 'method')).toEqual([Number]);
  });

  it('EXCEPTION_FILTERS_METADATA is what @UseFilters writes', () => {
    @UseFilters(Filter)
    class Probe {}
    expect(Reflect.getMetadataKeys(Probe)).toEqual([EXCEPTION_FILTERS_METADATA]);
    expect(Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, Probe)).toEqual([Filter]);
  });

  it('the keys of guards, interceptors and pipes are what @UseGuards, @UseInterceptors and @UsePipes write', () => {
    const guard: CanActivate = { canActivate: () => true };
    const interceptor = { intercept: () => [] as never };
    @UseGuards(guard)
    @UseInterceptors(interceptor)
    @UsePipes(ParseIntPipe)
    class Probe {
      @UseGuards(guard)
      @UseInterceptors(interceptor)
      @UsePipes(ParseIntPipe)
      method(): void {
        // Never called.
      }
    }
    for (const target of [Probe, Probe.prototype.method]) {
      expect(Reflect.getMetadata(GUARDS_METADATA, target)).toEqual([guard]);
      expect(Reflect.getMetadata(INTERCEPTORS_METADATA, target)).toEqual([interceptor]);
      expect(Reflect.getMetadata(PIPES_METADATA, target)).toEqual([ParseIntPipe]);
    }
  });

  it('the keys of a handler are what @SubscribeMessage and the decorators of parameters write', () => {
    class Probe {
      @SubscribeMessage('pattern')
      method(@MessageBody('name', ParseIntPipe) _name: unknown, @ConnectedSocket() _client: unknown): void {
        // Never called.
      }
    }
    expect(Reflect.getMetadata(MESSAGE_MAPPING_METADATA, Probe.prototype.method)).toBe(true);
    expect(Reflect.getMetadata(MESSAGE_METADATA, Probe.prototype.method)).toBe('pattern');
    expect(Reflect.getMetadata(PARAMETERS_METADATA, Probe, 'method')).toEqual({
      [`${MESSAGE_BODY}:0`]: expect.objectContaining({ index: 0, data: 'name', pipes: [ParseIntPipe] }),
      [`${CONNECTED_SOCKET}:1`]: expect.objectContaining({ index: 1, pipes: [] }),
    });
  });
});
