// Finds the gateways of an application before Nest binds them, and prepares each: its lifecycle hooks are contained, our
// exception filter stands behind all of its own, and the gate for errors before its guards.

import { ModulesContainer } from '@nestjs/core';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { announceInit } from './bound-gateway.js';
import { putGate } from './error-gate.js';
import { gatewayProviders } from './gateway-providers.js';
import { containHooks, provideHooks } from './lifecycle-hooks.js';
import { EXCEPTION_FILTERS_METADATA, GUARDS_METADATA } from './nest-metadata.js';
import { handlerMethodsOf } from './plain-method.js';
import { WireExceptionFilter } from './wire-exception.filter.js';

/** Does nothing about those that it has prepared before. */
export function prepareGateways(app: INestApplicationContext): void {
  const modules = app.get(ModulesContainer, { strict: false });
  for (const { type, wrapper } of gatewayProviders(modules)) {
    const instance = wrapper.instance as object;
    const isStatic = wrapper.isDependencyTreeStatic();
    const hasConnectionHook = typeof (type.prototype as { handleConnection?: unknown }).handleConnection === 'function';
    announceInit({ instance, type, isStatic, hasConnectionHook });
    if (isStatic) {
      containHooks(instance, type.name);
    } else {
      provideHooks(type.prototype);
      containHooks(type.prototype, type.name);
    }
    putGates(type);
    putFilterLast(type);
  }
}

/** Nest asks the filters of a class from the last to the first: the first in the list is the last to be asked. */
function putFilterLast(type: Type): void {
  const filters = (Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, type) ?? []) as unknown[];
  if (filters.some((filter) => filter instanceof WireExceptionFilter)) return;
  Reflect.defineMetadata(EXCEPTION_FILTERS_METADATA, [new WireExceptionFilter(), ...filters], type);
}

function putGates(type: Type): void {
  if (Reflect.hasMetadata(GUARDS_METADATA, type)) putGate(type);
  else for (const [, method] of handlerMethodsOf(type)) putGate(method);
}
