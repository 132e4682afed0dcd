// Waits that cannot hang a suite: a promise with a limit and a name, and an inbox from which one arrival is taken at a
// time. The limits only bound a failure; no expectation depends on how long anything takes.

const WAIT_LIMIT_MS = 10_000;

/** `promise`, or a rejection that names `what` did not come. */
export async function within<T>(promise: Promise<T>, what: string, limitMs: number = WAIT_LIMIT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${limitMs} ms for ${what}`)), limitMs);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

interface Waiter<T> {
  resolve(item: T): void;
  reject(error: Error): void;
}

/** Keeps what arrives until somebody asks for it, in order of arrival. */
export class Inbox<T> {
  private readonly items: T[] = [];
  private readonly waiters: Waiter<T>[] = [];
  private end: Error | undefined;

  constructor(private readonly what: string) {}

  /** How many have arrived and were not taken. */
  get size(): number {
    return this.items.length;
  }

  push(item: T): void {
    const waiter = this.waiters.shift();
    if (waiter === undefined) this.items.push(item);
    else waiter.resolve(item);
  }

  /** Nothing more will come: those who wait are told so, what has arrived can still be taken. */
  close(why: string): void {
    this.end = new Error(`${this.what}: none will come, ${why}`);
    for (const waiter of this.waiters.splice(0)) waiter.reject(this.end);
  }

  next(): Promise<T> {
    if (this.items.length > 0) return Promise.resolve(this.items.shift() as T);
    if (this.end !== undefined) return Promise.reject(this.end);
    const arrival = new Promise<T>((resolve, reject) => this.waiters.push({ resolve, reject }));
    return within(arrival, this.what);
  }

  async take(count: number): Promise<T[]> {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }
}

/** Resolves in the first turn of the event loop in which something holds that nobody is told of. */
export async function until(holds: () => boolean, what: string, limitMs: number = WAIT_LIMIT_MS): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
