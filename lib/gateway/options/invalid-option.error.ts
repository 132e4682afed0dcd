// What every mistake in an option is at start-up: an error that says which option, and what it may be.

import { inspect } from 'node:util';

/** An option has a value that cannot be meant; the message names the option and what is allowed. */
export class InvalidOptionError extends TypeError {
  override readonly name = 'InvalidOptionError';

  constructor(option: string, value: unknown, allowed: string) {
    super(
      `nestwire: option "${option}" must be ${allowed}, not ${inspect(value, { depth: 1, breakLength: Infinity })}`,
    );
  }
}
