// A node's two connections to Redis, for commands and for what is subscribed to, as one thing that is up or down: up means that both
// are there, have reached the same server, and that everything is subscribed to again.

import type { Redis } from 'ioredis';
import { BrokerClosedError, BrokerUnavailableError } from '../../broker.js';
import { WaitingLine } from '../waiting-line.js';
import { type ConnectionDuty, RedisConnection } from './redis-connection.js';
import type { ConnectionLimits } from './redis-broker-options.js';
import { loadScripts, STORED } from './redis-script.js';
import { askServerInfo, type RedisServerInfo } from './redis-server-info.js';
import { ServerClock } from './server-clock.js';

const SUBSCRIBED_AT_ONCE = 500;
/** Messages that may wait for all subscriptions to be there; beyond, the oldest are missing, too. */
const MAX_HELD = 1024;

export interface LinkEvents {
  /** The subscriptions are there again, and nothing has been told yet of what came since; only where messages are not numbered. */
  missed(): void;
  /** @param isNew whether the subscriptions were lost before, and something with them that was not told by `missed` */
  up(isNew: boolean): void;
  down(error: Error): void;
  message(channel: string, text: string): void;
}

/** One message as the server sent it. */
interface Received {
  readonly channel: string;
  readonly text: string;
}

/** The server did nothing of what it was asked: it may be asked again. */
class NotDoneError extends Error {}

export class RedisLink {
  readonly clock: ServerClock;
  private readonly where: string;
  private readonly events: LinkEvents;
  private readonly line: WaitingLine;
  private readonly commands: RedisConnection;
  private readonly subscriptions: RedisConnection;
  /** What is subscribed to, or will be. */
  private readonly channels: Set<string>;
  private readonly isNumbered: boolean;
  /** What new subscriptions have brought before all of them are there; undefined where nothing is to be told before it. */
  private held: Received[] | undefined;
  private isUp: boolean;
  private isNew: boolean;
  private isClosed: boolean;
  private failures: number;
  private lastError: Error | undefined;
  private settleStart: { resolve(): void; reject(error: Error): void } | undefined;

  /**
   * @param where the server, for people
   * @param isNumbered whether messages show by themselves that some before them are missing; others come after `missed` only
   * @param createClient makes one of ioredis, not connected
   */
  constructor(
    where: string,
    isNumbered: boolean,
    limits: ConnectionLimits,
    createClient: (attempt: () => number) => Redis,
    events: LinkEvents,
  ) {
    this.clock = new ServerClock();
    this.where = where;
    this.events = events;
    this.line = new WaitingLine();
    this.channels = new Set();
    this.isNumbered = isNumbered;
    this.held = undefined;
    this.isUp = false;
    this.isNew = false;
    this.isClosed = false;
    this.failures = 0;
    this.lastError = undefined;
    this.settleStart = undefined;
    const create = (duty: Pick<ConnectionDuty, 'prepare' | 'probe'>, isSubscriber: boolean): RedisConnection => {
      const connection: RedisConnection = new RedisConnection(
        createClient(() => this.failures),
        limits,
        {
          ...duty,
          connected: () => this.connected(connection, isSubscriber),
          lost: (error) => this.lost(error, isSubscriber),
        },
      );
      return connection;
    };
    this.commands = create({ prepare: prepareCommands(this.clock), probe: probeCommands(this.clock) }, false);
    this.subscriptions = create(
      { prepare: (client) => this.subscribeAll(client), probe: (client) => client.ping() },
      true,
    );
    this.subscriptions.client.on('smessage', (channel: string, text: string) => this.receive(channel, text));
  }

  /** @throws BrokerUnavailableError */
  async start(): Promise<void> {
    const started = new Promise<void>((resolve, reject) => (this.settleStart = { resolve, reject }));
    this.commands.connect();
    this.subscriptions.connect();
    try {
      await started;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Asks the server something, when it is there.
   * @param deadline by `performance.now()`: it is not asked later
   * @throws BrokerUnavailableError
   */
  async ask<T>(call: (client: Redis, server: RedisServerInfo) => Promise<T>, deadline: number): Promise<T> {
    for (;;) {
      try {
        return await this.line.run(
          () => this.call(call),
          deadline,
          () => this.lateError(),
        );
      } catch (error) {
        if (!(error instanceof NotDoneError)) throw this.explained(error as Error);
      }
    }
  }

  /** Whatever is sent to the channel from now on becomes a `message`, also over new connections. */
  async subscribe(channel: string): Promise<void> {
    this.channels.add(channel);
    const { client } = this.subscriptions;
    // Otherwise it is subscribed to with all others when the connection is there. While they are, it may come too late to be among
    // them; twice does no harm.
    if (client.status !== 'ready') return;
    await client.ssubscribe(channel).catch((error: Error) => {
      if (error.name === 'ReplyError') throw error;
    });
  }

  async unsubscribe(channel: string): Promise<void> {
    this.channels.delete(channel);
    // A connection that is lost has no subscriptions.
    await this.subscriptions.client.sunsubscribe(channel).catch(() => undefined);
  }

  close(): void {
    this.isClosed = true;
    this.line.close(new BrokerClosedError());
    this.settleStart?.reject(new BrokerClosedError());
    this.commands.close();
    this.subscriptions.close();
  }

  private async call<T>(call: (client: Redis, server: RedisServerInfo) => Promise<T>): Promise<T> {
    const { client, server } = this.commands;
    if (server === undefined) {
      // It has gone this very moment.
      this.line.shut();
      throw new NotDoneError();
    }
    try {
      gatherWrites(client);
      return await call(client, server);
    } catch (error) {
      if (!(error as Error).message.startsWith('READONLY')) throw error;
      // A master has become a replica.
      this.commands.renew(error as Error);
      throw new NotDoneError();
    }
  }

  private async subscribeAll(client: Redis): Promise<void> {
    let some: string[] = [];
    for (const channel of this.channels) {
      if (some.push(channel) < SUBSCRIBED_AT_ONCE) continue;
      await client.ssubscribe(...some);
      some = [];
    }
    if (some.length > 0) await client.ssubscribe(...some);
  }

  private connected(connection: RedisConnection, isSubscriber: boolean): void {
    if (isSubscriber) this.renewed();
    const other = isSubscriber ? this.commands : this.subscriptions;
    if (other.server === undefined) return;
    if (other.server.identity !== connection.server?.identity) {
      // Between them lies a failover, and the other one has not noticed.
      this.failures++;
      return other.renew(new Error('its two connections reached different servers'));
    }
    this.isUp = true;
    this.failures = 0;
    this.settleStart?.resolve();
    const { isNew } = this;
    this.isNew = false;
    this.line.open();
    this.events.up(isNew);
  }

  private receive(channel: string, text: string): void {
    if (this.held === undefined) return this.events.message(channel, text);
    this.held.push({ channel, text });
    if (this.held.length > MAX_HELD) this.held.shift();
  }

  private renewed(): void {
    const { held } = this;
    this.held = undefined;
    this.isNew = held === undefined;
    if (held === undefined) return;
    this.events.missed();
    for (const { channel, text } of held) this.events.message(channel, text);
  }

  private lost(error: Error, isSubscriber: boolean): void {
    this.failures++;
    this.lastError = error;
    // What it held is missing as well, now that more is missing behind it.
    if (isSubscriber && !this.isNumbered) this.held = [];
    this.settleStart?.reject(
      new BrokerUnavailableError(`${this.complaint}: is the server there, and the address right?`),
    );
    if (this.commands.server === undefined) this.line.shut();
    if (!this.isUp) return;
    this.isUp = false;
    this.events.down(new BrokerUnavailableError(this.complaint, { cause: error }));
  }

  private lateError(): Error {
    if (this.isUp) return new BrokerUnavailableError('The time limit was over before Redis could be asked');
    return new BrokerUnavailableError(
      `${this.complaint}; it was waited for until the time limit, and nothing was sent`,
    );
  }

  private get complaint(): string {
    return `Redis at ${this.where} cannot be reached: ${this.lastError?.message}`;
  }

  private explained(error: Error): Error {
    if (this.isClosed) return new BrokerClosedError();
    if (error instanceof BrokerUnavailableError) return error;
    const { message } = error;
    const isStored = message.startsWith(STORED);
    const wasRefused = error.name === 'ReplyError' && !isStored;
    const said = isStored
      ? `keeps the message, but could not tell the subscribers: ${message.slice(STORED.length)}`
      : `${wasRefused ? 'refused' : 'was lost before it answered; it may have done'} what it was asked: ${message}`;
    return new BrokerUnavailableError(`Redis at ${this.where} ${said}`, { cause: error, mayBePublished: !wasRefused });
  }
}

/** What is asked in one turn leaves in one write: that takes a third of the time that a message costs this process. */
function gatherWrites({ stream }: Redis): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

function prepareCommands(clock: ServerClock): ConnectionDuty['prepare'] {
  return (client) => Promise.all([loadScripts(client), clock.measure(client)]);
}

function probeCommands(clock: ServerClock): ConnectionDuty['probe'] {
  return async (client, { identity }) => {
    const [info] = await Promise.all([askServerInfo(client), clock.measure(client)]);
    if (info.identity !== identity) throw new Error('it has been a replica meanwhile');
  };
}
