// Drives one target: replays its corpus, then changed inputs, keeps those that led to something new, and stops at the first
// that ends in a way that is not documented or takes absurdly long. Knows neither files nor Jest.

import { Buffer } from 'node:buffer';
import { mutate } from './mutate.js';
import { Random } from './random.js';
import type { Target } from './target.js';

/** One input of at most 64 KiB that takes longer than this, twice, hangs for whoever waits. */
const ABSURD_MS = 2000;
const MAX_KEPT = 2000;

/** The target broke on this input. */
export class Finding extends Error {
  override readonly name = 'Finding';

  constructor(
    readonly input: Uint8Array,
    readonly seed: number,
    cause: unknown,
  ) {
    const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`seed ${seed}, ${input.length} bytes: ${Buffer.from(input.subarray(0, 200)).toString('hex')}\n${what}`, {
      cause,
    });
  }
}

export class Fuzzer {
  executions = 0;
  /** How many different outcomes were seen. */
  get outcomes(): number {
    return this.seen.size;
  }

  private readonly random: Random;
  private readonly seen = new Set<string>();
  private readonly kept: Uint8Array[] = [];

  constructor(
    private readonly target: Target,
    private readonly corpus: readonly Uint8Array[],
    seed: number,
  ) {
    this.random = new Random(seed);
  }

  /** @throws Finding */
  async replay(): Promise<void> {
    for (const input of this.corpus) await this.execute(input);
  }

  /** Runs so many changed inputs. @throws Finding */
  async run(count: number): Promise<void> {
    const empty = [new Uint8Array(2)];
    for (let i = 0; i < count; i++) {
      const fresh = this.kept.length > 0 && !this.random.oneIn(4);
      const pool = fresh ? this.kept : this.corpus.length > 0 ? this.corpus : empty;
      await this.execute(mutate(this.random, pool));
    }
  }

  private async execute(input: Uint8Array): Promise<void> {
    this.executions++;
    const begin = performance.now();
    let outcome = await this.attempt(input);
    if (performance.now() - begin > ABSURD_MS) {
      // Another process may have had the processor.
      const again = performance.now();
      outcome = await this.attempt(input);
      const took = performance.now() - again;
      if (took > ABSURD_MS) throw new Finding(input, this.random.seed, `it takes ${Math.round(took)} ms`);
    }
    if (this.seen.has(outcome)) return;
    this.seen.add(outcome);
    if (this.kept.length < MAX_KEPT) this.kept.push(input);
    else this.kept[this.random.below(MAX_KEPT)] = input;
  }

  private async attempt(input: Uint8Array): Promise<string> {
    try {
      // A copy: targets may change what they are given.
      return await this.target(Uint8Array.from(input));
    } catch (error) {
      throw new Finding(input, this.random.seed, error);
    }
  }
}
