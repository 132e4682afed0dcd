// The `verifyClient` of gateways written for `ws`: out comes a refusal, or nothing.

import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../../handshake/refusal.js';
import type { VerifyClient, VerifyClientCallback, VerifyClientInfo } from '../options/ws-options.js';
import { logUnhandled } from '../log-unhandled.js';

const UNAUTHORIZED = 401;

export async function verifyClient(verify: VerifyClient, request: IncomingMessage): Promise<Refusal | undefined> {
  const info: VerifyClientInfo = {
    origin: request.headers.origin,
    secure: 'encrypted' in request.socket,
    req: request,
  };
  try {
    return await new Promise((resolve, reject) => {
      const answer: VerifyClientCallback = (verified, status = UNAUTHORIZED, message, headers) =>
        resolve(verified ? undefined : { status, message, ...(headers && { headers }) });
      // An async function is not what the types ask for, but what it says counts, and what it throws is caught.
      if (isSynchronous(verify)) Promise.resolve(verify(info)).then(answer, reject);
      else Promise.resolve(verify(info, answer)).catch(reject);
    });
  } catch (error) {
    logUnhandled('verifyClient failed', error);
    return { status: 500, message: 'Internal server error' };
  }
}

/** As `ws` decides it: who takes a callback is asked to call it. */
function isSynchronous(verify: VerifyClient): verify is (info: VerifyClientInfo) => boolean {
  return verify.length < 2;
}
