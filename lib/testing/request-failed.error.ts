// A request, or a stream, that the server answered with an error.

import type { ErrorBody } from '../envelope/json-envelope.js';

export class RequestFailedError extends Error {
  override readonly name = 'RequestFailedError';
  /** What the server sent: status, code, message, details. */
  readonly body: ErrorBody;

  /** @param cause what the client's own stream failed with, if it has */
  constructor(event: string, body: ErrorBody, cause?: unknown) {
    super(
      `"${event}" was answered with ${body.status} ${body.code}: ${body.message}`,
      cause === undefined ? {} : { cause },
    );
    this.body = body;
  }
}
