// Where a drain begins, with each kind of application that Nest makes.

import { describe, expect, it } from '@jest/globals';
import { Injectable, type INestApplication, type INestApplicationContext, type OnModuleDestroy } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { drainBeforeClose } from '../../../lib/gateway/shutdown/drain-hooks.js';
import { itOnNest12 } from '../../support/nest-version.js';

const steps: string[] = [];

@Injectable()
class Pool implements OnModuleDestroy {
  onModuleDestroy(): void {
    steps.push('destroyed');
  }
}

class TestedModule {}
const module = { module: TestedModule, providers: [Pool] };

async function drain(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  steps.push('drained');
}

async function stepsOfClosing(app: INestApplicationContext): Promise<string[]> {
  steps.length = 0;
  drainBeforeClose(app, drain);
  await app.close();
  return steps;
}

async function application(): Promise<INestApplication> {
  return (await NestFactory.create(module, { logger: false })).init();
}

describe('a drain', () => {
  // Nest 11 does not call that hook.
  itOnNest12('is awaited before anything is destroyed, behind the HTTP adapter’s own hook', async () => {
    const app = await application();
    const http = app.getHttpAdapter();
    const own = http.beforeClose;
    http.beforeClose = function (this: unknown): void {
      steps.push(this === http ? 'HTTP' : 'not its own');
      Reflect.apply(own!, http, []);
    };
    expect(await stepsOfClosing(app)).toEqual(['HTTP', 'drained', 'destroyed']);
  });

  it('is so too where the HTTP adapter has no such hook, as with Nest 11', async () => {
    const app = await application();
    Object.defineProperty(app.getHttpAdapter(), 'beforeClose', { value: undefined, writable: true });
    expect(await stepsOfClosing(app)).toEqual(['drained', 'destroyed']);
  });

  it('is left to Nest’s closing of the adapter where there is neither', async () => {
    const app = await application();
    const proxy = new Proxy(app, { getPrototypeOf: () => Object.prototype });
    Object.defineProperty(app.getHttpAdapter(), 'beforeClose', { value: undefined, writable: true });
    expect(await stepsOfClosing(proxy)).toEqual(['destroyed']);
  });

  it('is nothing to an application without HTTP, which has no gateways', async () => {
    const context = await NestFactory.createApplicationContext(module, { logger: false });
    expect(await stepsOfClosing(context)).toEqual(['destroyed']);
  });
});
