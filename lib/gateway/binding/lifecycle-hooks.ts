// Contains the lifecycle hooks of gateways. Nest throws away what `handleConnection` and `handleDisconnect` return, so that
// an error in one of them would end the process; wrapped, it ends at most the client's connection, and is logged. A client's
// messages, and its `handleDisconnect`, wait for a `handleConnection` that takes its time.

import { closeStatusOf } from '../socket/close-status.js';
import { trackHook } from './running-hooks.js';
import { isThenable } from '../dispatch/thenable.js';
import { WireServer } from '../wire-server.js';
import { WireSocket } from '../socket/wire-socket.js';
import { logUnhandled } from '../log-unhandled.js';

/** A gateway that is told of a client's leaving, and how it left; Nest's `OnGatewayDisconnect` says less. */
export interface OnWireDisconnect<Client = WireSocket> {
  /**
   * Runs once for each client, after its `handleConnection` has come to rest.
   * @param code the close code that the client sent, 1005 where it sent none, 1006 where the connection broke (RFC 6455 §7.1.5)
   * @param reason what it said with the code, or an empty string
   */
  handleDisconnect(client: Client, code: number, reason: string): unknown;
}

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
  const run = (gateway: unknown, subject: WireSocket | WireServer, rest: readonly unknown[]): unknown => {
    const fail = (error: unknown): void => {
      logUnhandled(`${className}.${hook} failed`, error);
      if (hook === 'handleConnection' && subject instanceof WireSocket) subject.turnAway(closeStatusOf(error));
    };
    try {
      const result = method.call(gateway, subject, ...rest);
      return isThenable(result) ? Promise.resolve(result).catch(fail) : result;
    } catch (error) {
      fail(error);
      return undefined;
    }
  };
  const contained: HookMethod = function (subject, ...rest) {
    // The same class may serve another adapter in this process.
    if (subject instanceof WireServer) return run(this, subject, rest);
    if (!(subject instanceof WireSocket)) return method.call(this, subject, ...rest);
    if (hook === 'handleDisconnect') {
      const left = subject.afterConnecting(() => run(this, subject, subject.disconnectArguments(rest)));
      if (left instanceof Promise) trackHook(subject, left);
      return left;
    }
    if (hook !== 'handleConnection') return run(this, subject, rest);
    subject.keepRequest();
    const result = run(this, subject, rest);
    if (result instanceof Promise) {
      subject.connecting(className, result);
      trackHook(subject, result);
    } else {
      subject.endConnecting(className);
    }
    return result;
  };
  contained[CONTAINED] = true;
  return contained;
}
