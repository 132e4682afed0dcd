// What a client is told whose request is not taken.

import type { ErrorBody } from '../../envelope/json-envelope.js';

export const UNKNOWN_EVENT: ErrorBody = {
  status: 404,
  code: 'UNKNOWN_EVENT',
  message: 'No handler is subscribed to this event.',
};

export const UNKNOWN_TOPIC: ErrorBody = {
  status: 404,
  code: 'UNKNOWN_TOPIC',
  message: 'There is no such topic to subscribe to.',
};

export const DUPLICATE_ID: ErrorBody = {
  status: 409,
  code: 'DUPLICATE_ID',
  message: 'A request with this id is still running.',
};

export const TOO_MANY_STREAMS: ErrorBody = {
  status: 429,
  code: 'TOO_MANY_STREAMS',
  message: 'Too many requests are running on this connection.',
};

export const SHUTTING_DOWN: ErrorBody = {
  status: 503,
  code: 'SHUTTING_DOWN',
  message: 'The server is shutting down.',
};
