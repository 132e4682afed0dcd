import { describe, expect, it } from '@jest/globals';
import { Backpressure, InvalidOptionError } from '../../../lib/index.js';
import { BACKPRESSURE_METADATA } from '../../../lib/gateway/decorators/backpressure.decorator.js';

describe('@Backpressure', () => {
  it.each([
    [{ strategy: 'latest' } as const, 1],
    [{ strategy: 'latest', bufferSize: 1 } as const, 1],
    [{ strategy: 'drop-oldest' } as const, 64],
    [{ strategy: 'close', bufferSize: 7 } as const, 7],
  ])('%j has room for %i', (options, bufferSize) => {
    class Gateway {}
    Backpressure(options)(Gateway);
    expect(Reflect.getMetadata(BACKPRESSURE_METADATA, Gateway)).toEqual({ strategy: options.strategy, bufferSize });
  });

  it.each([
    [{ strategy: 'newest' as 'latest' }, 'strategy'],
    [{ strategy: 'error', bufferSize: 0 } as const, 'bufferSize'],
    [{ strategy: 'error', bufferSize: 1.5 } as const, 'bufferSize'],
    [{ strategy: 'latest', bufferSize: 2 } as const, 'bufferSize'],
  ])('%j cannot be meant', (options, name) => {
    expect(() => Backpressure(options)).toThrow(InvalidOptionError);
    expect(() => Backpressure(options)).toThrow(name);
  });
});
