// One connection to Redis: tells when it is ready for use and when it is not there any more, and tries it while nothing else shows
// whether it still is. ioredis makes it, and makes it anew when it is lost.

import type { Redis } from 'ioredis';
import type { ConnectionLimits } from './redis-broker-options.js';
import { askServerInfo, type RedisServerInfo } from './redis-server-info.js';

/** What the connection is for. */
export interface ConnectionDuty {
  /** What has to be done before it is of use. */
  prepare(client: Redis): Promise<unknown>;
  /** Asks for a sign of life. @throws where the server will not do any more */
  probe(client: Redis, server: RedisServerInfo): Promise<unknown>;
  /** It is ready for use. */
  connected(): void;
  /** It is lost, or could not be made; this is tried again. */
  lost(error: Error): void;
}

/** Where ioredis gives up by itself. */
const RETRY_MS = 1_000;

export class RedisConnection {
  readonly client: Redis;
  private readonly limits: ConnectionLimits;
  private readonly duty: ConnectionDuty;
  private current: RedisServerInfo | undefined;
  private error: Error | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isClosed: boolean;

  constructor(client: Redis, limits: ConnectionLimits, duty: ConnectionDuty) {
    this.client = client;
    this.limits = limits;
    this.duty = duty;
    this.current = undefined;
    this.error = undefined;
    this.timer = undefined;
    this.isClosed = false;
    client.on('error', (error: Error) => (this.error = error));
    client.on('connect', () => this.expect('it did not get ready', limits.connectTimeoutMs));
    client.on('ready', () => void this.begin());
    client.on('close', () => this.end());
    client.on('end', () => this.giveUp());
  }

  /** The server, while the connection is ready for use. */
  get server(): RedisServerInfo | undefined {
    return this.client.stream?.writable ? this.current : undefined;
  }

  connect(): void {
    // What becomes of it is told by events.
    this.client.connect().catch(() => undefined);
  }

  /** Makes the connection anew. */
  renew(why: Error): void {
    this.error = why;
    this.client.stream?.destroy();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.client.disconnect();
  }

  private async begin(): Promise<void> {
    const { client } = this;
    await this.during(async () => {
      const server = await askServerInfo(client);
      await this.duty.prepare(client);
      return () => {
        this.current = server;
        this.error = undefined;
        this.beatLater();
        this.duty.connected();
      };
    });
  }

  private async beat(): Promise<void> {
    this.expect('it did not answer a ping', this.limits.pingTimeoutMs);
    await this.during(async () => {
      await this.duty.probe(this.client, this.current!);
      return () => this.beatLater();
    });
  }

  /** Does something on this very connection, and what follows only if it is still there. */
  private async during(action: () => Promise<() => void>): Promise<void> {
    const { stream } = this.client;
    const isThere = (): boolean => this.client.stream === stream && !stream.destroyed && !this.isClosed;
    try {
      const follow = await action();
      if (isThere()) follow();
    } catch (error) {
      if (isThere()) this.renew(error as Error);
    }
  }

  private beatLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.beat(), this.limits.pingIntervalMs).unref();
  }

  /** Makes the connection anew unless something is heard in time. */
  private expect(what: string, ms: number): void {
    clearTimeout(this.timer);
    const timer = setTimeout(() => {
      // Where the process was busy, the answer may be there and not have been read yet.
      setImmediate(() => {
        if (this.timer === timer) this.renew(new Error(`${what} within ${ms} ms`));
      });
    }, ms);
    this.timer = timer;
  }

  private end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.current = undefined;
    const error = this.error ?? new Error('it closed the connection');
    if (!this.isClosed) this.duty.lost(error);
  }

  private giveUp(): void {
    if (this.isClosed) return;
    this.end();
    this.timer = setTimeout(() => this.connect(), RETRY_MS).unref();
  }
}
