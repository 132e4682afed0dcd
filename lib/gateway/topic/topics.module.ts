// Provides `Topics` to the whole application. Without it, an adapter has topics of its own, in memory, which can be reached from
// sockets and servers but not injected.

import { ConfigurableModuleBuilder, type ConfigurableModuleHost, Global, Module } from '@nestjs/common';
import { Topics } from './topics.js';
import type { TopicsOptions } from './topics-options.js';

const host: ConfigurableModuleHost<TopicsOptions, 'forRoot', 'create'> = new ConfigurableModuleBuilder<TopicsOptions>({
  moduleName: 'Topics',
})
  .setClassMethodName('forRoot')
  .build();

const Configurable: ConfigurableModuleHost<TopicsOptions, 'forRoot', 'create'>['ConfigurableModuleClass'] =
  host.ConfigurableModuleClass;

/**
 * `TopicsModule.forRoot({ broker })` and `forRootAsync({ imports, inject, useFactory })`; imported as it is, topics are of one
 * process.
 */
@Global()
@Module({
  providers: [
    {
      provide: Topics,
      inject: [{ token: host.MODULE_OPTIONS_TOKEN, optional: true }],
      useFactory: (options: TopicsOptions = {}): Topics => new Topics(options),
    },
  ],
  exports: [Topics],
})
export class TopicsModule extends Configurable {}
