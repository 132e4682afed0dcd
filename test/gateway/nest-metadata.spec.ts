import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  createParamDecorator,
  type ExceptionFilter,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import {
  CATCH_METADATA,
  EXCEPTION_FILTERS_METADATA,
  GATEWAY_METADATA,
  GATEWAY_OPTIONS_METADATA,
  GUARDS_METADATA,
  PARAMETER_TYPES_METADATA,
  PARAMETERS_METADATA,
  PORT_METADATA,
  SCOPE_METADATA,
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
});
