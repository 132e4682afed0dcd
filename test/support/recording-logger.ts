// A Nest logger that keeps what it is told instead of printing it.

import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';

interface LogLine {
  level: 'log' | 'error' | 'warn';
  /** The message as it was given; an error stays an Error. */
  message: unknown;
  /** The name of the logger, which Nest passes last. */
  context: unknown;
}

export class RecordingLogger implements LoggerService {
  readonly lines: LogLine[] = [];

  log(message: unknown, ...rest: unknown[]): void {
    this.keep('log', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.keep('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.keep('warn', message, rest);
  }

  /** The messages of the lines of a level, joined. */
  textOf(level: LogLine['level']): string {
    return this.lines
      .filter((line) => line.level === level)
      .map(textOfMessage)
      .join('\n');
  }

  /** The texts of all errors so far, taken out. */
  takeErrors(): string[] {
    const errors = this.lines.filter((line) => line.level === 'error');
    this.lines.length = 0;
    return errors.map(textOfMessage);
  }

  private keep(level: LogLine['level'], message: unknown, rest: unknown[]): void {
    this.lines.push({ level, message, context: rest.at(-1) });
  }
}

function textOfMessage({ message }: LogLine): string {
  if (message instanceof Error) return message.message;
  return typeof message === 'string' ? message : inspect(message);
}
