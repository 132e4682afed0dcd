// The HTTP answer to what a guard, pipe or filter of the handshake threw: that of Nest for an HttpException, with the header
// fields that the exception carries; for anything else a 500 that says nothing, and a line in the log.

import { HttpException } from '@nestjs/common';
import type { Refusal } from '../../handshake/refusal.js';
import { logUnhandled } from '../log-unhandled.js';

type Headers = NonNullable<Refusal['headers']>;

const INTERNAL_ERROR = { statusCode: 500, message: 'Internal server error' };

/** @param headers what was set on the response; the exception's own fields take precedence */
export function refusalOf(exception: unknown, headers: Headers): Refusal {
  if (!(exception instanceof HttpException) || !isRefusal(exception.getStatus())) {
    logUnhandled('A handshake failed', exception);
    return encode(500, INTERNAL_ERROR, headers);
  }
  const status = exception.getStatus();
  const content = exception.getResponse();
  const body = typeof content === 'object' ? content : { statusCode: status, message: content };
  return encode(status, body, { ...headers, ...headersOf(exception as { headers?: unknown }) });
}

function isRefusal(status: unknown): boolean {
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599;
}

/** `headers` of an error is what http-errors, and with it Express, made the custom. */
function headersOf(exception: { headers?: unknown }): Headers {
  const { headers } = exception;
  if (typeof headers !== 'object' || headers === null) return {};
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function encode(status: number, body: unknown, headers: Headers): Refusal {
  return {
    status,
    message: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...withoutContentType(headers) },
  };
}

/** What was set for another body is not true of this one. */
function withoutContentType(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-type'));
}
