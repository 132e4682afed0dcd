import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { type ArgumentsHost, Catch, type ExceptionFilter, UseFilters } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { EXCEPTION_FILTERS_METADATA, GATEWAY_METADATA } from '../../lib/gateway/nest-metadata.js';

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
});
