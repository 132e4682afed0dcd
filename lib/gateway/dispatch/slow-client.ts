// What a client is told that takes values more slowly than they come, where its handler's policy is not to drop any.

import type { ErrorBody } from '../../envelope/json-envelope.js';
import { CloseCode } from '../../frame/close-code.js';
import type { CloseStatus } from '../socket/close-status.js';

/** With the strategy `error`. */
export const SLOW_CLIENT: ErrorBody = {
  status: 503,
  code: 'SLOW_CLIENT',
  message: 'The values came faster than the client took them.',
};

/** With the strategy `close`. */
export const SLOW_CLIENT_STATUS: CloseStatus = {
  code: CloseCode.POLICY_VIOLATION,
  reason: 'The client reads too slowly',
};
