// What every mistake in an option is at start-up: an error that says which option, whose, and what it may be.

import { inspect } from 'node:util';

/** An option has a value that cannot be meant; the message names the option and what is allowed. */
export class InvalidOptionError extends TypeError {
  override readonly name = 'InvalidOptionError';
  /** The option, with the group in which it stands: `limits.maxStreams`. */
  readonly option: string;
  private readonly value: unknown;
  private readonly allowed: string;

  /** @param owner the gateways that have the option; absent where it is the adapter's, or theirs to find out */
  constructor(option: string, value: unknown, allowed: string, owner?: string) {
    const whose = owner === undefined ? '' : ` of ${owner}`;
    super(
      `nestwire: option "${option}"${whose} must be ${allowed}, not ${inspect(value, { depth: 1, breakLength: Infinity })}`,
    );
    this.option = option;
    this.value = value;
    this.allowed = allowed;
  }

  /** @internal The same mistake, with whose it is. */
  of(owner: string): InvalidOptionError {
    return new InvalidOptionError(this.option, this.value, this.allowed, owner);
  }

  /** @internal Has the mistakes that `judge` finds name whose they are. */
  static naming<T>(owner: string, judge: () => T): T {
    try {
      return judge();
    } catch (error) {
      throw error instanceof InvalidOptionError ? error.of(owner) : error;
    }
  }
}
