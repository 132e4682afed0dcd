// Whether an exception filter is for an exception: what `@Catch()` says, as Nest reads it.

import type { ExceptionFilter, Type } from '@nestjs/common';
import { CATCH_METADATA } from './nest-metadata.js';

export function catches(filter: ExceptionFilter, exception: unknown): boolean {
  const types = (Reflect.getMetadata(CATCH_METADATA, filter.constructor) ?? []) as Type[];
  return types.length === 0 || types.some((type) => exception instanceof type);
}
