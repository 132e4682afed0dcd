// The guard that lets everybody pass but an error.

import { describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import {
  errorGate,
  hasOnlyGate,
  isGateFirst,
  putGate,
  putGlobalGate,
} from '../../../lib/gateway/binding/error-gate.js';

class OpenGuard {
  canActivate(): boolean {
    return true;
  }
}

const nobody = { getArgs: () => [] as never };
const pass = (): boolean => errorGate.canActivate(nobody);

describe('the gate for errors', () => {
  it('is open, and open again after an error, whatever entering did', () => {
    expect(pass()).toBe(true);
    const failure = new Error('raised');
    expect(() => errorGate.raise(failure, 'at-once', pass)).toThrow(failure);
    expect(errorGate.raise(failure, 'at-once', () => 'did not ask')).toBe('did not ask');
    expect(pass()).toBe(true);
  });

  it('is shut later for the one who comes with the error, and for nobody else meanwhile', () => {
    const failure = new Error('raised');
    const args = errorGate.raise(failure, 'later', (...behind) => ['data', ...behind]);
    expect(pass()).toBe(true);
    expect(() => errorGate.canActivate({ getArgs: () => args as never })).toThrow(failure);
    expect(pass()).toBe(true);
  });

  it.each([undefined, null, 0, ''])('throws %j as well, which is no error', (raised) => {
    for (const time of ['at-once', 'later'] as const) {
      let caught: unknown = 'nothing';
      try {
        errorGate.raise(raised, time, (...behind) => errorGate.canActivate({ getArgs: () => behind as never }));
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(raised);
    }
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
    expect([plain, guarded].map((method) => isGateFirst(Gateway, method, []))).toEqual([true, true]);
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
    expect(isGateFirst(Gateway, method, [])).toBe(false);
    putGate(Gateway);
    expect(isGateFirst(Gateway, method, [])).toBe(true);
  });

  it('is put before global guards, once, and only where there are any: they come first of all', () => {
    class Gateway {
      method(): void {
        // Never called.
      }
    }
    const { method } = Gateway.prototype;
    putGate(method);
    const config = new ApplicationConfig();
    putGlobalGate(config);
    expect(config.getGlobalGuards()).toEqual([]);
    const guard = new OpenGuard();
    config.useGlobalGuards(guard);
    expect(isGateFirst(Gateway, method, config.getGlobalGuards())).toBe(false);
    for (let i = 0; i < 2; i++) putGlobalGate(config);
    expect(config.getGlobalGuards()).toEqual([errorGate, guard]);
    expect(isGateFirst(Gateway, method, config.getGlobalGuards())).toBe(true);
  });
});
