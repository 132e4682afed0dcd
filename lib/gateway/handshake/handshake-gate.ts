// What stands before the 101 of a path: the checks of every gateway there, in order. Out comes a refusal, or the header
// lines that the 101 is to carry.

import type { IncomingMessage } from 'node:http';
import { ContextIdFactory, type ContextId } from '@nestjs/core';
import type { Refusal } from '../../handshake/refusal.js';
import { handshakeOf } from './handshake.js';
import type { GatewayChecks } from './gateway-checks.js';
import { addRequestFields } from './request-fields.js';
import { refusalOf } from './refusal-of-exception.js';
import { RefusalResponse } from './refusal-response.js';

/** The client is let in, with these lines added to the 101. */
export interface Admission {
  readonly lines: readonly string[];
}

export class HandshakeGate {
  private readonly checks: readonly GatewayChecks[];

  constructor(checks: readonly GatewayChecks[]) {
    this.checks = checks;
  }

  /** @returns undefined where nobody demands anything */
  static of(checks: readonly GatewayChecks[]): HandshakeGate | undefined {
    const demanding = checks.filter((check) => !check.isEmpty);
    return demanding.length === 0 ? undefined : new HandshakeGate(demanding);
  }

  async ask(request: IncomingMessage): Promise<Refusal | Admission> {
    const response = new RefusalResponse();
    addRequestFields(request, handshakeOf(request));
    // Who sends an answer may never come to an end.
    const sent = response.whenSent.then(() => response.refusal!);
    return Promise.race([sent, this.judge(request, response, ContextIdFactory.getByRequest(request))]);
  }

  private async judge(
    request: IncomingMessage,
    response: RefusalResponse,
    contextId: ContextId,
  ): Promise<Refusal | Admission> {
    for (const check of this.checks) {
      const refusal = await judgeOne(check, request, response, contextId);
      if (refusal !== undefined) return refusal;
    }
    return { lines: response.lines() };
  }
}

async function judgeOne(
  check: GatewayChecks,
  request: IncomingMessage,
  response: RefusalResponse,
  contextId: ContextId,
): Promise<Refusal | undefined> {
  try {
    await check.admit(request, response, contextId);
  } catch (exception) {
    try {
      await check.filter(exception, request, response, contextId);
    } catch (unfiltered) {
      return response.refusal ?? refusalOf(unfiltered, response.headers());
    }
  }
  return response.refusal;
}
