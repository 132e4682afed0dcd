// Has an application drain before anything is destroyed that its gateways use. Nest closes an adapter after every
// `onModuleDestroy`, which is too late for requests that need a database.

import type { HttpServer, INestApplication, INestApplicationContext } from '@nestjs/common';

type Drain = () => Promise<void>;

/** Nest 12 awaits this hook of its HTTP adapter before it destroys anything; Nest 11 does not know it. */
export function drainBeforeClose(app: INestApplicationContext, drain: Drain): void {
  if (!('getHttpAdapter' in app)) return;
  const http: HttpServer = (app as INestApplication).getHttpAdapter();
  const beforeClose = http.beforeClose?.bind(http);
  http.beforeClose = async (): Promise<void> => {
    await beforeClose?.();
    await drain();
  };
}

/** With every Nest, a provider is destroyed before those it depends on: a gateway before what it uses. */
export function drainBeforeDestroy(gateway: object, drain: Drain): void {
  const provider = gateway as { onModuleDestroy?: () => unknown };
  const { onModuleDestroy } = provider;
  provider.onModuleDestroy = async function (): Promise<void> {
    await drain();
    await onModuleDestroy?.call(this);
  };
}
