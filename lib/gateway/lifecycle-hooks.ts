// Contains the lifecycle hooks of gateways. Nest throws away what `handleConnection` and `handleDisconnect` return, so that
// an error in one of them would end the process; wrapped, it ends at most the client's connection, and is logged.

import { CloseCode } from '../frame/close-code.js';
import { trackDisconnect } from './disconnects.js';
import { WireServer } from './wire-server.js';
import { WireSocket } from './wire-socket.js';
import { logUnhandled } from './log-unhandled.js';

const HOOKS = ['afterInit', 'handleConnection', 'handleDisconnect'] as const;
type Hook = (typeof HOOKS)[number];
type HookMethod = ((this: unknown, subject: unknown, ...rest: unknown[]) => unknown) & { [CONTAINED]?: true };

const CONTAINED = Symbol('nestwire.contained');

/**
 * Wraps the hooks of a gateway in place.
 * @param gateway the instance, or the prototype where Nest makes an instance for each connection
 */
export function containHooks(gateway: object, className: string): void {
  const hooks = gateway as Partial<Record<Hook, HookMethod>>;
  for (const hook of HOOKS) {
    const method = hooks[hook];
    if (typeof method !== 'function' || method[CONTAINED] === true) continue;
    hooks[hook] = contain(method, hook, className);
  }
}

/**
 * Gives a class those hooks that it lacks. Nest makes a request-scoped gateway for each connection and, should that fail,
 * asks the exception filters only where there is a hook; otherwise it rejects with nobody to hear it.
 */
export function provideHooks(prototype: object): void {
  const hooks = prototype as Partial<Record<Hook, HookMethod>>;
  hooks.handleConnection ??= nothing;
  hooks.handleDisconnect ??= nothing;
}

const nothing: HookMethod = () => undefined;

function contain(method: HookMethod, hook: Hook, className: string): HookMethod {
  const contained: HookMethod = function (subject, ...rest) {
    // The same class may serve another adapter in this process.
    if (!(subject instanceof WireSocket) && !(subject instanceof WireServer))
      return method.call(this, subject, ...rest);
    const fail = (error: unknown): void => {
      logUnhandled(`${className}.${hook} failed`, error);
      if (hook === 'handleConnection' && subject instanceof WireSocket) subject.close(CloseCode.INTERNAL_ERROR);
    };
    try {
      const result = method.call(this, subject, ...rest);
      if (!(result instanceof Promise)) return result;
      const settled = result.catch(fail);
      if (hook === 'handleDisconnect') trackDisconnect(subject, settled);
      return settled;
    } catch (error) {
      fail(error);
      return undefined;
    }
  };
  contained[CONTAINED] = true;
  return contained;
}
