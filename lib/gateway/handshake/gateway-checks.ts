// What one gateway demands of a handshake: its guards, the pipes of its handshake parameters, and the filters that hear of
// their errors.

import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExceptionFilter, ForbiddenException, type Type } from '@nestjs/common';
import type { ContextId } from '@nestjs/core';
import { isObservable, lastValueFrom } from 'rxjs';
import type { NestModule } from '../binding/gateway-providers.js';
import { catches } from '../binding/catches.js';
import { InvalidOptionError } from '../options/invalid-option.error.js';
import { type CheckedParameter, checkedParametersOf } from './checked-parameter.js';
import { EnhancerSource } from './enhancer-source.js';
import { handshakeOf } from './handshake.js';
import { HandshakeContext } from './handshake-context.js';
import { type HandshakeEnhancers, handshakeEnhancersOf } from './handshake-enhancers.js';
import type { RefusalResponse } from './refusal-response.js';

type Handler = ReturnType<HandshakeContext['getHandler']>;

/** Stands for the handler of a gateway that has no `handleConnection`. */
function handshake(): void {
  // Only its name is used.
}

export class GatewayChecks {
  private readonly gateway: Type;
  private readonly source: EnhancerSource;
  private readonly enhancers: HandshakeEnhancers;
  private readonly parameters: readonly CheckedParameter[];

  /**
   * @param global the enhancers of all gateways
   * @throws InvalidOptionError for a class that Nest does not know
   */
  constructor(gateway: Type, module: NestModule, global: HandshakeEnhancers) {
    const own = handshakeEnhancersOf(gateway);
    this.gateway = gateway;
    this.source = new EnhancerSource(module);
    this.enhancers = { guards: [...global.guards, ...own.guards], filters: [...global.filters, ...own.filters] };
    this.parameters = checkedParametersOf(gateway);
    this.checkKnown('handshakeGuards', this.enhancers.guards);
    this.checkKnown('handshakeFilters', this.enhancers.filters);
  }

  /** Whether there is anything to demand; filters alone have nothing to hear of. */
  get isEmpty(): boolean {
    return this.enhancers.guards.length === 0 && this.parameters.length === 0;
  }

  /** @throws what a guard or pipe throws; ForbiddenException where a guard says no */
  async admit(request: IncomingMessage, response: RefusalResponse, contextId: ContextId): Promise<void> {
    this.source.register(request, contextId);
    const context = this.contextOf(request, response);
    for (const guard of this.enhancers.guards) {
      const instance = await this.source.resolve<CanActivate>(guard, contextId);
      const verdict = await instance.canActivate(context);
      const isWelcome = isObservable(verdict) ? await lastValueFrom(verdict) : verdict;
      if (response.headersSent) return;
      if (!isWelcome) throw new ForbiddenException('Forbidden resource');
    }
    for (const parameter of this.parameters) await parameter.check(handshakeOf(request), this.source, contextId);
  }

  /**
   * Lets the filter that catches an exception send its answer; the last declared is the first to be asked, as with Nest.
   * @throws the exception where no filter does, and what a filter throws
   */
  async filter(
    exception: unknown,
    request: IncomingMessage,
    response: RefusalResponse,
    contextId: ContextId,
  ): Promise<void> {
    for (const filter of this.enhancers.filters.toReversed()) {
      const instance = await this.source.resolve<ExceptionFilter>(filter, contextId);
      if (!catches(instance, exception)) continue;
      await instance.catch(exception, this.contextOf(request, response));
      if (response.headersSent) return;
      break;
    }
    throw exception;
  }

  private contextOf(request: IncomingMessage, response: RefusalResponse): HandshakeContext {
    const { handleConnection = handshake } = this.gateway.prototype as { handleConnection?: Handler };
    return new HandshakeContext(request, response, this.gateway, handleConnection);
  }

  private checkKnown(option: string, enhancers: readonly unknown[]): void {
    const unknown = enhancers.find((enhancer) => !this.source.has(enhancer));
    if (unknown === undefined) return;
    throw new InvalidOptionError(option, unknown, 'instances, and classes that are providers of some module');
  }
}
