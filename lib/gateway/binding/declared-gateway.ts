// The gateways of one application: where each stands, and what its options are, those from configuration laid over those of
// its decorator.

import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { WireGatewayOptions } from '../options/gateway-options.js';
import { type GatewayProvider, gatewayProviders, type NestModule } from './gateway-providers.js';
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

/** By a class that says what was configured, the one that it stands for. */
const decoratedClasses = new WeakMap<Type, Type>();

/** @returns what `WireModule.forRoot` and its like provide */
export function configuredAdapterOptions(modules: ModulesContainer): WireAdapterOptions {
  const provided = [...modules.values()].flatMap(({ providers }) => providers.get(WIRE_OPTIONS) ?? []);
  if (provided.length > 1) throw new Error('WireModule.forRoot and forRootAsync are for one module of an application');
  return provided[0]?.instance ?? {};
}

/** @throws Error for configured options of a gateway that there is not */
export function declareGateways(modules: ModulesContainer): DeclaredGateway[] {
  const configured = configuredGateways(modules);
  const gateways = [...gatewayProviders(modules)].map((provider): DeclaredGateway => {
    const type = decoratedClasses.get(provider.type) ?? provider.type;
    const { port = 0, ...options } = configure(provider, type, configured.get(type));
    return { type, module: provider.module, port, options };
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

/**
 * Nest reads port and path from the class of a provider. What was configured is said by a class of the provider's own, since
 * the gateway's may serve several applications, each with a configuration of its own.
 * @returns what holds for the gateway
 */
function configure(
  { wrapper }: GatewayProvider,
  type: Type,
  configured: ConfiguredGatewayOptions | undefined,
): ConfiguredGatewayOptions {
  const decorated = (Reflect.getMetadata(GATEWAY_OPTIONS_METADATA, type) ?? {}) as WireGatewayOptions;
  const decoratedPort = (Reflect.getMetadata(PORT_METADATA, type) ?? 0) as number;
  const { port, ...options } = { port: decoratedPort, ...decorated, ...configured };
  if (configured !== undefined) {
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new InvalidOptionError('port', port, 'an integer from 0 to 65535', type.name);
    }
    const standIn = classLike(type);
    decoratedClasses.set(standIn, type);
    Reflect.defineMetadata(PORT_METADATA, port, standIn);
    Reflect.defineMetadata(GATEWAY_OPTIONS_METADATA, options, standIn);
    wrapper.metatype = standIn;
  }
  return { ...options, port };
}

/** A class of the same name that is the given one in all it does and says. */
function classLike(type: Type): Type {
  const classes = { [type.name]: class extends (type as new (...args: never[]) => object) {} };
  return classes[type.name] as Type;
}
