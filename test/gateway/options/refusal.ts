// The message with which options are refused at start-up.

import { expect } from '@jest/globals';
import { resolveAdapterOptions, type WireAdapterOptions } from '../../../lib/gateway/options/adapter-options.js';
import { InvalidOptionError } from '../../../lib/gateway/options/invalid-option.error.js';

export function refusal(options: unknown): string {
  try {
    resolveAdapterOptions(options as WireAdapterOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).name).toBe('InvalidOptionError');
    return (error as Error).message;
  }
  throw new Error('the options were accepted');
}
