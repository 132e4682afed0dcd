// What a client learns of an error that is tied to its request: the stable shape of the envelope, and nothing internal. An
// exception that was meant for clients (WsException, HttpException) speaks for itself; any other is a 500 without a word.

import { HttpException } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import type { ErrorBody } from '../../envelope/json-envelope.js';

/** What Nest throws when a guard says no. */
const FORBIDDEN_MESSAGE = 'Forbidden resource';

const CODES = new Map([
  [400, 'BAD_REQUEST'],
  [401, 'UNAUTHORIZED'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [409, 'CONFLICT'],
  [413, 'PAYLOAD_TOO_LARGE'],
  [422, 'UNPROCESSABLE_ENTITY'],
  [429, 'TOO_MANY_REQUESTS'],
  [500, 'INTERNAL_ERROR'],
  [503, 'SERVICE_UNAVAILABLE'],
]);

export const INTERNAL_ERROR: ErrorBody = { status: 500, code: 'INTERNAL_ERROR', message: 'Internal server error' };

/** Whether an exception was thrown for the client to see; any other belongs into the log. */
export function isForClients(exception: unknown): exception is WsException | HttpException {
  return exception instanceof WsException || exception instanceof HttpException;
}

export function toErrorBody(exception: unknown): ErrorBody {
  if (exception instanceof HttpException) {
    return describe(exception.getResponse(), exception.getStatus(), exception.message);
  }
  if (exception instanceof WsException) {
    const status = exception.message === FORBIDDEN_MESSAGE ? 403 : 400;
    return describe(exception.getError(), status, exception.message);
  }
  return INTERNAL_ERROR;
}

/** @param content what the exception was made of: a sentence, or an object with a message and whatever else */
function describe(content: unknown, defaultStatus: number, defaultMessage: string): ErrorBody {
  if (typeof content !== 'object' || content === null) {
    return body(defaultStatus, undefined, typeof content === 'string' ? content : defaultMessage, undefined);
  }
  // A cause is for the log, whoever put it there.
  const {
    status,
    statusCode,
    code,
    message,
    error,
    details,
    cause: _cause,
    ...rest
  } = content as Record<string, unknown>;
  const numericStatus = [status, statusCode].find(isStatus) ?? defaultStatus;
  // ValidationPipe puts a list of sentences where others put one; `error` is the status in words, the code says it.
  const messages = Array.isArray(message) ? message : undefined;
  const sentence = typeof message === 'string' ? message : typeof error === 'string' ? error : defaultMessage;
  const more = details ?? messages ?? (Object.keys(rest).length > 0 ? rest : undefined);
  return body(numericStatus, typeof code === 'string' ? code : undefined, sentence, more);
}

function isStatus(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function body(status: number, code: string | undefined, message: string, details: unknown): ErrorBody {
  const named = code ?? CODES.get(status) ?? (status < 500 ? 'REQUEST_ERROR' : 'INTERNAL_ERROR');
  return details === undefined ? { status, code: named, message } : { status, code: named, message, details };
}
