// The gateways of one application: where each stands, and what its options are, those from configuration laid over those of
// its decorator. Nest reads port and path from the class, so that is where they are put.

import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { WireGatewayOptions } from '../options/gateway-options.js';
import { gatewayProviders, type NestModule } from './gateway-providers.js';
import { GATEWAY_OPTIONS_METADATA, PORT_METADATA } from './nest-metadata.js';
import type { WireAdapterOptions } from '../options/adapter-options.js';
import { InvalidOptionError } from '../options/invalid-option.error.js';
import { ConfiguredGateway, type ConfiguredGatewayOptions, WIRE_OPTIONS } from '../wire.module.js';

export interface DeclaredGateway {
  readonly type: Type;
  readonly module: NestModule;
  readonly port: number;
  readonly options: WireGatewayOptions;
}

/** What the decorator says, kept where configuration has been laid over it. */
const DECORATED_OPTIONS = 'nestwire:decorated_options';

/** @returns what `WireModule.forRoot` and its like provide */
export function configuredAdapterOptions(modules: ModulesContainer): WireAdapterOptions {
  const provided = [...modules.values()].flatMap(({ providers }) => providers.get(WIRE_OPTIONS) ?? []);
  if (provided.length > 1) throw new Error('WireModule.forRoot and forRootAsync are for one module of an application');
  return provided[0]?.instance ?? {};
}

/** @throws Error for configured options of a gateway that there is not */
export function declareGateways(modules: ModulesContainer): DeclaredGateway[] {
  const configured = configuredGateways(modules);
  const gateways = [...gatewayProviders(modules)].map(({ type, module }): DeclaredGateway => {
    const { port = 0, ...options } = declareOptions(type, configured.get(type));
    return { type, module, port, options };
  });
  const stray = [...configured.keys()].find((type) => !gateways.some((gateway) => gateway.type === type));
  if (stray === undefined) return gateways;
  throw new Error(`WireModule.forGatewayAsync(${stray.name}): ${stray.name} is no gateway of this application`);
}

/** What `WireModule.forGatewayAsync` provides. */
function configuredGateways(modules: ModulesContainer): Map<Type, ConfiguredGatewayOptions> {
  const instances = [...modules.values()].flatMap(({ providers }) =>
    [...providers.values()].map(({ instance }) => instance),
  );
  const configured = instances.filter((instance) => instance instanceof ConfiguredGateway);
  return new Map(configured.map(({ type, options }) => [type, options]));
}

/** @returns what holds for a gateway, which its class then says too */
function declareOptions(type: Type, configured: ConfiguredGatewayOptions | undefined): ConfiguredGatewayOptions {
  const decorated = decoratedOptions(type);
  const declared = { ...decorated, ...configured };
  const isKept = Reflect.hasOwnMetadata(DECORATED_OPTIONS, type);
  if (configured === undefined && !isKept) return declared;
  const { port, ...options } = declared;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidOptionError('port', port, 'an integer from 0 to 65535', type.name);
  }
  Reflect.defineMetadata(DECORATED_OPTIONS, decorated, type);
  Reflect.defineMetadata(PORT_METADATA, port, type);
  Reflect.defineMetadata(GATEWAY_OPTIONS_METADATA, options, type);
  return declared;
}

/** One class may serve several applications, each with a configuration of its own. */
function decoratedOptions(type: Type): ConfiguredGatewayOptions & { readonly port: number } {
  const kept = Reflect.getOwnMetadata(DECORATED_OPTIONS, type) as ReturnType<typeof decoratedOptions> | undefined;
  if (kept !== undefined) return kept;
  const options = (Reflect.getMetadata(GATEWAY_OPTIONS_METADATA, type) ?? {}) as WireGatewayOptions;
  return { ...options, port: (Reflect.getMetadata(PORT_METADATA, type) ?? 0) as number };
}
