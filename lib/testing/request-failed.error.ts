// A request, or a stream, that the server answered with an error.

import type { ErrorBody } from '../envelope/json-envelope.js';

export class RequestFailedError extends Error {
  override readonly name = 'RequestFailedError';
  /** What the server sent: status, code, message, details. */
  readonly body: ErrorBody;

  constructor(event: string, body: ErrorBody) {
    super(`"${event}" was answered with ${body.status} ${body.code}: ${body.message}`);
    this.body = body;
  }
}
