// What a client has got and nobody has taken yet. Whoever waits for something is told within a limit: by what came, or by an
// error that says what was expected, what had come instead, and whether the connection has ended.

import { clearTimeout, setTimeout } from 'node:timers';

/** How many of the messages that came instead stand in an error, and how much of each. */
const SHOWN_ITEMS = 10;
const SHOWN_CHARACTERS = 200;

interface Waiter<T> {
  readonly matches: (item: T) => boolean;
  /** Whether the item is then nobody else's. */
  readonly takes: boolean;
  readonly tell: (outcome: Outcome<T>) => void;
}

type Outcome<T> = { readonly item: T } | { readonly failure: string };

export class Arrivals<T> {
  /** In order of arrival. */
  private readonly items: T[];
  private readonly waiters: Set<Waiter<T>>;
  private readonly show: (item: T) => string;
  private readonly timeoutMs: number;
  private end: string | undefined;

  /**
   * @param show an item, for errors
   * @param timeoutMs how long a wait may take, in milliseconds of real time
   */
  constructor(show: (item: T) => string, timeoutMs: number) {
    this.items = [];
    this.waiters = new Set();
    this.show = show;
    this.timeoutMs = timeoutMs;
    this.end = undefined;
  }

  /** What has arrived and was not taken. */
  get waiting(): readonly T[] {
    return this.items;
  }

  add(item: T): void {
    for (const waiter of this.waiters) {
      if (!waiter.matches(item)) continue;
      waiter.tell({ item });
      if (waiter.takes) return;
    }
    this.items.push(item);
  }

  /** Nothing more will come. @param why for the errors of those who wait */
  close(why: string): void {
    this.end = why;
    for (const waiter of this.waiters) waiter.tell({ failure: why });
  }

  /** Takes the first that matches, now or when it comes; those before it stay. @param what for the error */
  async take(what: string, matches: (item: T) => boolean = () => true): Promise<T> {
    const index = this.items.findIndex(matches);
    if (index >= 0) return this.items.splice(index, 1)[0]!;
    return this.waitFor(what, { matches, takes: true });
  }

  /** The same, but leaves it for others. */
  async see(what: string, matches: (item: T) => boolean): Promise<T> {
    return this.items.find(matches) ?? this.waitFor(what, { matches, takes: false });
  }

  private async waitFor(what: string, wanted: Pick<Waiter<T>, 'matches' | 'takes'>): Promise<T> {
    const outcome = this.end === undefined ? await this.wait(wanted) : { failure: this.end };
    if ('item' in outcome) return outcome.item;
    // Thrown behind the await, so that its stack names the line of the spec.
    throw new Error(`expected ${what}, but ${outcome.failure}; ${this.instead()}`);
  }

  private wait(wanted: Pick<Waiter<T>, 'matches' | 'takes'>): Promise<Outcome<T>> {
    return new Promise((resolve) => {
      const waiter: Waiter<T> = {
        ...wanted,
        tell: (outcome) => {
          clearTimeout(timer);
          this.waiters.delete(waiter);
          resolve(outcome);
        },
      };
      const timer = setTimeout(() => waiter.tell({ failure: `none came within ${this.timeoutMs} ms` }), this.timeoutMs);
      this.waiters.add(waiter);
    });
  }

  private instead(): string {
    if (this.items.length === 0) return 'nothing else is waiting';
    const shown = this.items.slice(0, SHOWN_ITEMS).map((item) => this.show(item).slice(0, SHOWN_CHARACTERS));
    const rest = this.items.length - shown.length;
    return `waiting instead:\n  ${shown.join('\n  ')}${rest > 0 ? `\n  and ${rest} more` : ''}`;
  }
}
