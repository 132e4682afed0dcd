// How an error reaches the exception filters of a handler that Nest did not call itself: Nest's callback of that handler is
// called with the message's arguments, and a guard in front of the handler throws the error. What follows is Nest's own
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
   * @param enter calls Nest's callback of a handler whose only guard the gate is
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

/** Puts the gate in front of a method that has no guards, before Nest looks for them. */
export function putGate(method: object): void {
  if (!Reflect.hasMetadata(GUARDS_METADATA, method)) Reflect.defineMetadata(GUARDS_METADATA, [errorGate], method);
}

/** Whether the gate is the only guard of a method. */
export function hasOnlyGate(method: object): boolean {
  const guards = Reflect.getMetadata(GUARDS_METADATA, method) as readonly unknown[] | undefined;
  return guards?.length === 1 && guards[0] === errorGate;
}
