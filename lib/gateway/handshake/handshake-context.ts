// The execution context of a handshake, for guards and filters. Its type is `http`, since at that time there is a request
// and no client: guards written for controllers (Passport's, the throttler's) work as they are.

import type { IncomingMessage } from 'node:http';
import type { ExecutionContext, Type } from '@nestjs/common';
import type { RefusalResponse } from './refusal-response.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/** @throws TypeError always */
function refuseSwitch(): never {
  throw new TypeError('A handshake has no client and no message yet: context.switchToHttp() has its request');
}

// What a caller takes each value for is the caller's to say: hence the casts to `never`, which is of every type.
export class HandshakeContext implements ExecutionContext {
  private readonly args: readonly [IncomingMessage, RefusalResponse];
  private readonly gateway: Type;
  private readonly handler: Handler;

  constructor(request: IncomingMessage, response: RefusalResponse, gateway: Type, handler: Handler) {
    this.args = [request, response];
    this.gateway = gateway;
    this.handler = handler;
  }

  /** The gateway's class: what decorators left there is read as usual. */
  readonly getClass: ExecutionContext['getClass'] = () => this.gateway;

  /** The gateway's `handleConnection`, or a function that stands for it. */
  readonly getHandler: ExecutionContext['getHandler'] = () => this.handler;

  readonly getType: ExecutionContext['getType'] = () => 'http' as never;

  readonly getArgs: ExecutionContext['getArgs'] = () => [...this.args] as never;

  readonly getArgByIndex: ExecutionContext['getArgByIndex'] = (index) => this.args[index] as never;

  readonly switchToHttp: ExecutionContext['switchToHttp'] = () => ({
    getRequest: () => this.args[0] as never,
    getResponse: () => this.args[1] as never,
    getNext: () => undefined as never,
  });

  readonly switchToWs: ExecutionContext['switchToWs'] = refuseSwitch;
  readonly switchToRpc: ExecutionContext['switchToRpc'] = refuseSwitch;
}
