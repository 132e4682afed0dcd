// The execution context of a handshake, for guards and filters. Its type is `http`, since at that time there is a request
// and no client: guards written for controllers (Passport's, the throttler's) work as they are.

import type { IncomingMessage } from 'node:http';
import type { ContextType, ExecutionContext, Type } from '@nestjs/common';
import type { RefusalResponse } from './refusal-response.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/** @throws TypeError always */
function refuseSwitch(): never {
  throw new TypeError('A handshake has no client and no message yet: context.switchToHttp() has its request');
}

export class HandshakeContext implements ExecutionContext {
  private readonly args: readonly [IncomingMessage, RefusalResponse];
  private readonly gateway: Type;
  private readonly handler: Handler;

  constructor(request: IncomingMessage, response: RefusalResponse, gateway: Type, handler: Handler) {
    this.args = [request, response];
    this.gateway = gateway;
    this.handler = handler;
  }

  getType<TContext extends string = ContextType>(): TContext {
    return 'http' as TContext;
  }

  /** The gateway's class: what decorators left there is read as usual. */
  getClass<T>(): Type<T> {
    return this.gateway as Type<T>;
  }

  /** The gateway's `handleConnection`, or a function that stands for it. */
  getHandler(): Handler {
    return this.handler;
  }

  getArgs<T extends unknown[] = unknown[]>(): T {
    return [...this.args] as unknown[] as T;
  }

  getArgByIndex<T = unknown>(index: number): T {
    return this.args[index] as T;
  }

  switchToHttp(): ReturnType<ExecutionContext['switchToHttp']> {
    const [request, response] = this.args;
    return {
      getRequest: <T>() => request as T,
      getResponse: <T>() => response as T,
      getNext: <T>() => undefined as T,
    };
  }

  readonly switchToWs: ExecutionContext['switchToWs'] = refuseSwitch;
  readonly switchToRpc: ExecutionContext['switchToRpc'] = refuseSwitch;
}
