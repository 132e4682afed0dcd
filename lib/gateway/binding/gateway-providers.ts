// The providers of an application that are gateways, found as Nest finds them.

import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { GATEWAY_METADATA } from './nest-metadata.js';

/** A module of Nest's container. */
export type NestModule = ModulesContainer extends Map<string, infer M> ? M : never;

type Provider = NestModule['providers'] extends Map<unknown, infer P> ? P : never;

export interface GatewayProvider {
  readonly type: Type;
  readonly module: NestModule;
  readonly wrapper: Provider;
}

export function* gatewayProviders(modules: ModulesContainer): Iterable<GatewayProvider> {
  for (const module of modules.values()) {
    for (const wrapper of module.providers.values()) {
      const { metatype } = wrapper;
      if (wrapper.isNotMetatype || typeof metatype !== 'function' || !Reflect.hasMetadata(GATEWAY_METADATA, metatype)) {
        continue;
      }
      yield { type: metatype as Type, module, wrapper };
    }
  }
}
