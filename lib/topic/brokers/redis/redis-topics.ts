// The topics in Redis: their keys, and what is done to them (redis-script.ts).

import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { BrokerUnavailableError, type History, type HistoryOptions } from '../../broker.js';
import type { Position } from '../../position.js';
import { topicKey } from '../../topic-name.js';
import { readLog } from './redis-entry.js';
import { evaluate, PUBLISH, READ, SEND } from './redis-script.js';
import type { RedisServerInfo } from './redis-server-info.js';
import type { ServerClock } from './server-clock.js';

/** How long a topic keeps its epoch and offset without being published to or subscribed, at least. */
const MIN_STATE_LIFE_MS = 600_000;
const TOUCHED_AT_ONCE = 500;

export class RedisTopics {
  /** How often the topics that are subscribed to have to be touched, in milliseconds. */
  readonly touchIntervalMs: number;
  private readonly keyPrefix: string;
  private readonly history: HistoryOptions;
  private readonly clock: ServerClock;
  private readonly stateLifeMs: number;
  private readonly ownEpochs: string;
  private epochs: number;

  constructor(keyPrefix: string, history: HistoryOptions, clock: ServerClock) {
    this.keyPrefix = keyPrefix;
    this.history = history;
    this.clock = clock;
    this.stateLifeMs = Math.max(MIN_STATE_LIFE_MS, history.maxAgeMs);
    this.touchIntervalMs = MIN_STATE_LIFE_MS / 3;
    this.ownEpochs = randomUUID();
    this.epochs = 0;
  }

  /** The channel of a topic. Its keys begin with it, and what is in braces keeps them together in a cluster. */
  channel(topic: string): string {
    return `${this.keyPrefix}:{${topicKey(topic)}}`;
  }

  async publish(
    client: Redis,
    server: RedisServerInfo,
    topic: string,
    text: string,
    deadline: number,
  ): Promise<Position> {
    const { maxMessages, maxAgeMs } = this.history;
    const reply = await this.inTime(client, deadline, (serverDeadline) =>
      evaluate(client, PUBLISH, this.keys(topic), [...this.open(server), serverDeadline, maxMessages, maxAgeMs, text]),
    );
    return readPosition(reply as unknown[]);
  }

  /** Publishes without history. */
  async send(client: Redis, topic: string, text: string, deadline: number): Promise<void> {
    await this.inTime(client, deadline, (serverDeadline) =>
      evaluate(client, SEND, [this.channel(topic)], [serverDeadline, text]),
    );
  }

  async position(client: Redis, server: RedisServerInfo, topic: string): Promise<Position> {
    const args = [...this.open(server), '', 0, 0];
    return readPosition((await evaluate(client, READ, this.keys(topic), args)) as unknown[]);
  }

  async since(client: Redis, server: RedisServerInfo, topic: string, since: Position): Promise<History> {
    // What is said to have been reached may come from a client.
    const offset = Number.isSafeInteger(since.offset) && since.offset >= 0 ? since.offset : Number.MAX_SAFE_INTEGER;
    const args = [...this.open(server), since.epoch, offset, this.history.maxMessages];
    const reply = (await evaluate(client, READ, this.keys(topic), args)) as unknown[];
    const position = readPosition(reply);
    const isKnown = since.epoch === position.epoch && offset <= position.offset;
    const entries = isKnown ? readLog(reply[2], position.epoch, offset, position.offset) : undefined;
    return { entries: entries ?? [], isComplete: entries !== undefined, position };
  }

  /** Keeps the numbering of topics that nothing is published to. */
  async touch(client: Redis, topics: Iterable<string>): Promise<void> {
    const keys = Array.from(topics, (topic) => this.keys(topic)[0]!);
    for (let first = 0; first < keys.length; first += TOUCHED_AT_ONCE) {
      const some = keys.slice(first, first + TOUCHED_AT_ONCE);
      await Promise.all(some.map((key) => client.pexpire(key, this.stateLifeMs)));
    }
  }

  /** Again where it was only the server's clock that had been changed. */
  private async inTime(
    client: Redis,
    deadline: number,
    call: (serverDeadline: number) => Promise<unknown>,
  ): Promise<unknown> {
    for (;;) {
      const reply = await call(this.clock.serverTime(deadline));
      if (reply !== null) return reply;
      if (performance.now() >= deadline) {
        throw new BrokerUnavailableError('Redis got a message after its time limit, and did not publish it');
      }
      await this.clock.measure(client);
    }
  }

  private keys(topic: string): string[] {
    const channel = this.channel(topic);
    return [`${channel}:state`, `${channel}:log`, channel];
  }

  /** An epoch must not begin twice, not even one that was forgotten. */
  private open({ identity }: RedisServerInfo): (string | number)[] {
    return [identity, `${this.ownEpochs}.${++this.epochs}`, this.stateLifeMs];
  }
}

function readPosition([epoch, offset]: readonly unknown[]): Position {
  return { epoch: String(epoch), offset: Number(offset) };
}
