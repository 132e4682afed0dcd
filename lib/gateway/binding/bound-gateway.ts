// Which gateway Nest is binding when it asks the adapter to listen for clients. It does not say so there; but right before,
// in the same breath, it calls the gateway's `afterInit` with the same server.

import type { Type } from '@nestjs/common';
import { WireServer } from '../wire-server.js';

export interface BoundGateway {
  readonly instance: object;
  readonly type: Type;
  /** Whether it is the one instance; Nest makes others of a request-scoped gateway, one for each client. */
  readonly isStatic: boolean;
  /** Whether its class has a `handleConnection`. */
  readonly hasConnectionHook: boolean;
}

type AfterInit = (this: unknown, server: unknown) => unknown;

const lastInitialised = new WeakMap<WireServer, BoundGateway>();
const announced = new WeakSet<object>();

/** Makes a gateway's `afterInit` tell whose it is; a gateway without one gets one. */
export function announceInit(gateway: BoundGateway): void {
  const hooks = gateway.instance as { afterInit?: AfterInit };
  if (announced.has(hooks)) return;
  announced.add(hooks);
  const { afterInit } = hooks;
  hooks.afterInit = function (server) {
    if (server instanceof WireServer) lastInitialised.set(server, gateway);
    return typeof afterInit === 'function' ? afterInit.call(this, server) : undefined;
  };
}

/** The gateway whose `afterInit` was the last to be called with this server, once. */
export function takeInitialised(server: WireServer): BoundGateway | undefined {
  const gateway = lastInitialised.get(server);
  lastInitialised.delete(server);
  return gateway;
}
