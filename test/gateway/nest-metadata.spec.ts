import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  ParseIntPipe,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  CONNECTED_SOCKET,
  EXCEPTION_FILTERS_METADATA,
  GATEWAY_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  MESSAGE_BODY,
  MESSAGE_MAPPING_METADATA,
  MESSAGE_METADATA,
  PARAMETERS_METADATA,
  PIPES_METADATA,
} from '../../lib/gateway/nest-metadata.js';

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
