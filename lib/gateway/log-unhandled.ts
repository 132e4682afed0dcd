// The log line of an error of the application that nobody caught: its stack, or whatever else was thrown, for which
// `String` would not do, since it throws for objects without a prototype.

import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';

const logger = new Logger('WireAdapter');

export function logUnhandled(what: string, error: unknown): void {
  logger.error(what, stackOf(error));
}

export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : inspect(error);
}
