// How an error reaches the exception filters of a handler where Nest does not bring it there: Nest's callback of that handler is
// called with the message's arguments, and a guard in front of all others throws the error. What follows is Nest's own
// doing: which filters, in which order, with which host. For everybody else the guard stands open.

import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { GUARDS_METADATA } from './nest-metadata.js';

/**
 * When Nest gets to the first guard of a handler: in the turn in which the handler is called, or, where it has to find the
 * gateway's instance for the client first, later.
 */
export type GateTime = 'at-once' | 'later';

/** An error among the arguments of a message: who comes with it is not let in. */
class RaisedError {
  constructor(readonly error: unknown) {}
}

class ErrorGate implements CanActivate {
  private raised: RaisedError | undefined = undefined;

  canActivate(context: Pick<ExecutionContext, 'getArgs'>): boolean {
    const raised = this.raised ?? context.getArgs<unknown[]>().find((one) => one instanceof RaisedError);
    if (raised !== undefined) throw raised.error;
    return true;
  }

  /**
   * Throws the error at whoever enters.
   * @param enter calls Nest's callback of a handler whose first guard the gate is, with these arguments behind its own
   */
  raise<T>(error: unknown, time: GateTime, enter: (...behind: readonly unknown[]) => T): T {
    const raised = new RaisedError(error);
    // Others may pass meanwhile, so that the arguments must tell: the filters find one more.
    if (time === 'later') return enter(raised);
    // Nest asks the first guard before it awaits anything: nobody else passes, and the filters see what they always see.
    this.raised = raised;
    try {
      return enter();
    } finally {
      this.raised = undefined;
    }
  }
}

export const errorGate = new ErrorGate();

/** Puts the gate in front of the guards of a class or a method, before Nest looks for them. */
export function putGate(target: object): void {
  const guards = guardsOf(target);
  if (guards[0] !== errorGate) Reflect.defineMetadata(GUARDS_METADATA, [errorGate, ...guards], target);
}

/**
 * Puts the gate in front of the global guards of an application, where there are any: Nest asks those first. For whatever
 * else they guard, controllers for one, it stands open.
 */
export function putGlobalGate(config: ApplicationConfig): void {
  const guards = config.getGlobalGuards();
  if (guards.length > 0 && guards[0] !== errorGate) guards.unshift(errorGate);
}

/** Whether Nest asks the gate before any other guard of a handler: global ones come first, then those of the class. */
export function isGateFirst(type: object, method: object, globalGuards: readonly unknown[]): boolean {
  if (globalGuards.length > 0 && globalGuards[0] !== errorGate) return false;
  const guards = Reflect.hasMetadata(GUARDS_METADATA, type) ? guardsOf(type) : guardsOf(method);
  return guards[0] === errorGate;
}

/** Whether the gate is the only guard of a method. */
export function hasOnlyGate(method: object): boolean {
  const guards = guardsOf(method);
  return guards.length === 1 && guards[0] === errorGate;
}

function guardsOf(target: object): readonly unknown[] {
  return (Reflect.getMetadata(GUARDS_METADATA, target) as readonly unknown[] | undefined) ?? [];
}
