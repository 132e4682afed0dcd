// The judgement of single values: each check returns what may be used, or throws an error that names the option.

import { InvalidOptionError } from './invalid-option.error.js';

/** The longest delay that a timer of Node keeps. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Lays whole numbers over those that hold; what is given as undefined is not set. @throws InvalidOptionError */
export function resolveNumbers<T extends object>(group: string, given: Partial<T> | undefined, base: T): T {
  if (given === undefined) return base;
  checkObject(group, given, Object.keys(base));
  const resolved: T = { ...base };
  for (const key of Object.keys(base) as (keyof T & string)[]) {
    const value = given[key];
    if (value === undefined) continue;
    const max = key.endsWith('Ms') ? MAX_TIMER_MS : Number.MAX_SAFE_INTEGER;
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > max) {
      throw new InvalidOptionError(`${group}.${key}`, value, `an integer from 0 (off) to ${max}`);
    }
    resolved[key] = value;
  }
  return resolved;
}

export function checkObject(option: string, value: unknown, keys: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidOptionError(option, value, `an object with any of ${keys.join(', ')}`);
  }
  for (const key of Object.keys(value)) {
    if (!keys.includes(key))
      throw new InvalidOptionError(option, `{ ${key} }`, `an object with any of ${keys.join(', ')}`);
  }
}

export function checkChoice<T extends string>(option: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new InvalidOptionError(option, value, allowed.map((choice) => `'${choice}'`).join(' or '));
}

export function checkBoolean(option: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidOptionError(option, value, 'true or false');
}

export function checkOptionalFunction<T>(option: string, value: T | undefined): T | undefined {
  if (value === undefined || typeof value === 'function') return value;
  throw new InvalidOptionError(option, value, 'a function');
}
