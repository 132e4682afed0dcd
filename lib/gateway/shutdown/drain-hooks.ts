// Has an application drain before it destroys anything that its gateways use. Nest closes its WebSocket adapter after every
// `onModuleDestroy`, which is too late for requests that still need a database.

import type { INestApplication, INestApplicationContext } from '@nestjs/common';

type Drain = () => Promise<void>;

/** With Nest 12: `app.close()`, and a signal, await this hook of the HTTP adapter first. Nest 11 has none. */
export function drainBeforeClose(app: INestApplicationContext, drain: Drain): void {
  if (!('getHttpAdapter' in app)) return;
  const http = (app as INestApplication).getHttpAdapter();
  const beforeClose = http.beforeClose?.bind(http);
  if (beforeClose === undefined) {
    drainBeforeDestroy(app, drain);
    return;
  }
  http.beforeClose = async (): Promise<void> => {
    await beforeClose();
    await drain();
  };
}

/**
 * With Nest 11, which has no hook before `onModuleDestroy`: it calls those of one module all at once, and this method of the
 * application calls them all. It is protected, and is left alone where there is another way.
 */
function drainBeforeDestroy(app: INestApplicationContext, drain: Drain): void {
  // Nest hands out the application behind proxies, whose functions look the method up anew: the original is the class's.
  const callDestroyHook: unknown = Reflect.get(Object.getPrototypeOf(app) as object, 'callDestroyHook');
  if (typeof callDestroyHook !== 'function') return;
  Object.defineProperty(app, 'callDestroyHook', {
    configurable: true,
    writable: true,
    value: async function (this: unknown): Promise<void> {
      await drain();
      await Reflect.apply(callDestroyHook, this, []);
    },
  });
}
