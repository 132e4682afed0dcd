// What may be said of a broker's history, judged when the broker is made.

import type { HistoryOptions } from './broker.js';

/** An option of a broker has a value that cannot be meant; the message names it and what is allowed. */
export class InvalidBrokerOptionError extends TypeError {
  override readonly name = 'InvalidBrokerOptionError';

  constructor(option: string, value: unknown, allowed: string) {
    super(`nestwire: broker option "${option}" must be ${allowed}, not ${String(value)}`);
  }
}

/** @throws InvalidBrokerOptionError */
export function resolveHistory<T extends HistoryOptions>(given: Partial<T> | false | undefined, defaults: T): T {
  if (given === false || given === undefined) return defaults;
  if (typeof given !== 'object' || given === null) {
    throw new InvalidBrokerOptionError('history', given, 'false or an object');
  }
  const resolved: T = { ...defaults };
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, key))
      throw new InvalidBrokerOptionError(`history.${key}`, value, 'left out: there is no such option');
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || (value as number) < 1) {
      throw new InvalidBrokerOptionError(`history.${key}`, value, 'an integer from 1');
    }
    resolved[key as keyof T] = value as T[keyof T];
  }
  return resolved;
}
