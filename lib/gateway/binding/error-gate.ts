// How an error reaches the exception filters of a handler where Nest does not bring it there: Nest's callback of that handler is
// called with the message's arguments, and a guard in front of all others throws the error. What follows is Nest's own
// doing: which filters, in which order, with which host. For everybody else the guard stands open.

import type { CanActivate } from '@nestjs/common';
import { GUARDS_METADATA } from './nest-metadata.js';

class ErrorGate implements CanActivate {
  private raised: { readonly error: unknown } | undefined = undefined;

  canActivate(): boolean {
    if (this.raised !== undefined) throw this.raised.error;
    return true;
  }

  /**
   * Throws the error at whoever enters.
   * @param enter calls Nest's callback of a handler whose first guard the gate is
   */
  raise<T>(error: unknown, enter: () => T): T {
    // Nest asks the first guard before it awaits anything, so that nobody else passes meanwhile.
    this.raised = { error };
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

/** Whether Nest asks the gate before any other guard of a handler: those of the class come first. */
export function isGateFirst(type: object, method: object): boolean {
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
