// Options from configuration. Decorators and `main.ts` are evaluated before a ConfigService is there; what is provided here is
// made by Nest like every provider, and read by the adapter when it is constructed.

import {
  ConfigurableModuleBuilder,
  type ConfigurableModuleHost,
  type DynamicModule,
  type FactoryProvider,
  Module,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import type { WireGatewayOptions } from './options/gateway-options.js';
import type { WireAdapterOptions } from './options/adapter-options.js';

/** What configuration says of one gateway; it takes the place of the same options in `@WebSocketGateway`. */
export interface ConfiguredGatewayOptions extends WireGatewayOptions {
  /** A port of the gateway's own; 0 for that of the application. */
  readonly port?: number;
}

export interface WireGatewayAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...args: never[]) => ConfiguredGatewayOptions | Promise<ConfiguredGatewayOptions>;
}

/** A provider's value: the options of one gateway. */
export class ConfiguredGateway {
  constructor(
    readonly type: Type,
    readonly options: ConfiguredGatewayOptions,
  ) {}
}

const host: ConfigurableModuleHost<WireAdapterOptions, 'forRoot', 'create'> =
  new ConfigurableModuleBuilder<WireAdapterOptions>({
    moduleName: 'Wire',
  })
    .setClassMethodName('forRoot')
    .build();

/** The token of the adapter's options. */
export const WIRE_OPTIONS: string | symbol = host.MODULE_OPTIONS_TOKEN;

const Configurable: ConfigurableModuleHost<WireAdapterOptions, 'forRoot', 'create'>['ConfigurableModuleClass'] =
  host.ConfigurableModuleClass;

/**
 * `WireModule.forRoot(options)` and `forRootAsync({ imports, inject, useFactory })` provide the options of {@link WireAdapter};
 * what stands in its constructor takes precedence.
 */
@Module({})
export class WireModule extends Configurable {
  /** Provides the options of one gateway; to be imported anywhere in the application that provides the gateway. */
  static forGatewayAsync(
    type: Type,
    { imports = [], inject = [], useFactory }: WireGatewayAsyncOptions,
  ): DynamicModule {
    const provider: FactoryProvider<ConfiguredGateway> = {
      provide: Symbol(`options of ${type.name}`),
      inject,
      useFactory: async (...args: unknown[]) => new ConfiguredGateway(type, await useFactory(...(args as never[]))),
    };
    return { module: WireModule, imports, providers: [provider] };
  }
}
