// Where a gateway's module has the instance of a guard, filter or pipe: what Nest made once, or what is made for the
// handshake at hand.

import type { Type } from '@nestjs/common';
import { type ContextId, ModuleRef } from '@nestjs/core';
import type { NestModule } from '../binding/gateway-providers.js';
import { isRequestScoped } from './handshake-enhancers.js';

export class EnhancerSource {
  private readonly module: NestModule;
  private readonly moduleRef: ModuleRef;

  constructor(module: NestModule) {
    this.module = module;
    this.moduleRef = module.providers.get(ModuleRef)!.instance as ModuleRef;
  }

  /** Whether {@link resolve} finds it. */
  has(enhancer: unknown): boolean {
    return typeof enhancer !== 'function' || isRequestScoped(enhancer) || this.isKnown(enhancer as Type);
  }

  /** Says which request belongs to a context, for those who inject it. */
  register(request: unknown, contextId: ContextId): void {
    this.moduleRef.registerRequestByContextId(request, contextId);
  }

  /** @param enhancer an instance, which is taken as it is, or a class */
  async resolve<T>(enhancer: T | Type<T>, contextId: ContextId): Promise<T> {
    if (typeof enhancer !== 'function') return enhancer;
    const type = enhancer as Type<T>;
    const wrapper = this.module.injectables.get(type);
    if (wrapper?.isDependencyTreeStatic() === true && !wrapper.isTransient) return wrapper.instance as T;
    if (!this.isKnown(type)) return this.moduleRef.create(type, contextId);
    return this.moduleRef.resolve(type, contextId, { strict: wrapper !== undefined });
  }

  private isKnown(type: Type): boolean {
    if (this.module.injectables.has(type)) return true;
    try {
      this.moduleRef.introspect(type);
      return true;
    } catch {
      return false;
    }
  }
}
