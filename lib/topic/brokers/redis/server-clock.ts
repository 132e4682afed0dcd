// Our deadlines by the clock of the server, so that it can refuse what reaches it too late, however long it lay on the way.

import type { Redis } from 'ioredis';

export class ServerClock {
  private skewMs = 0;

  /** The server may have said its time long before we read it: it is thought to be earlier rather than later. */
  async measure(client: Redis): Promise<void> {
    const [seconds, microseconds] = await client.time();
    this.skewMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000 - performance.now();
  }

  /**
   * @param deadline by `performance.now()`
   * @returns Unix time in milliseconds, cut off: when the server's clock shows it, the deadline may be over
   */
  serverTime(deadline: number): number {
    return Math.floor(deadline + this.skewMs);
  }
}
