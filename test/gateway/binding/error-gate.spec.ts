// The guard that lets everybody pass but an error.

import { describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import { errorGate, hasOnlyGate, isGateFirst, putGate } from '../../../lib/gateway/binding/error-gate.js';

class OpenGuard {
  canActivate(): boolean {
    return true;
  }
}

describe('the gate for errors', () => {
  it('is open, and open again after an error, whatever entering did', () => {
    expect(errorGate.canActivate()).toBe(true);
    const failure = new Error('raised');
    expect(() => errorGate.raise(failure, () => errorGate.canActivate())).toThrow(failure);
    expect(errorGate.raise(failure, () => 'did not ask')).toBe('did not ask');
    expect(errorGate.canActivate()).toBe(true);
  });

  it.each([undefined, null, 0, ''])('throws %j as well, which is no error', (raised) => {
    let caught: unknown = 'nothing';
    try {
      errorGate.raise(raised, () => errorGate.canActivate());
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(raised);
  });

  it('is put before the guards of a method, once', () => {
    class Gateway {
      plain(): void {
        // Never called.
      }

      @UseGuards(OpenGuard)
      guarded(): void {
        // Never called.
      }
    }
    const { plain, guarded } = Gateway.prototype;
    expect(hasOnlyGate(plain)).toBe(false);
    for (let i = 0; i < 2; i++) for (const method of [plain, guarded]) putGate(method);
    expect(hasOnlyGate(plain)).toBe(true);
    expect(hasOnlyGate(guarded)).toBe(false);
    expect(Reflect.getMetadata('__guards__', guarded)).toEqual([errorGate, OpenGuard]);
    expect([plain, guarded].map((method) => isGateFirst(Gateway, method))).toEqual([true, true]);
    UseGuards(OpenGuard)(Gateway.prototype, 'plain', { value: plain });
    expect(hasOnlyGate(plain)).toBe(false);
  });

  it('is put before the guards of a class, which Nest asks before those of a method', () => {
    @UseGuards(OpenGuard)
    class Gateway {
      method(): void {
        // Never called.
      }
    }
    const { method } = Gateway.prototype;
    putGate(method);
    expect(isGateFirst(Gateway, method)).toBe(false);
    putGate(Gateway);
    expect(isGateFirst(Gateway, method)).toBe(true);
  });
});
