// The broker over Redis (from 7, or Valkey): one script publishes each message with its offset and keeps it (redis-script.ts), and a
// second connection brings what is published on the channels of the topics that are subscribed to. ARCHITECTURE.md and
// docs/brokers.md say what it promises, and why it can.

import type { Redis } from 'ioredis';
import { BehaviorSubject, type Observable } from 'rxjs';
import {
  type Broker,
  BrokerClosedError,
  type BrokerSink,
  type BrokerStatus,
  DEFAULT_HISTORY,
  type History,
  type HistoryOptions,
  type Presence,
  type TopicEntry,
} from '../../broker.js';
import { resolveHistory } from '../../history-options.js';
import type { Position } from '../../position.js';
import { within } from '../../time-limit.js';
import { decodeMessage, encodeMessage, type TopicMessage } from '../../topic-message.js';
import { loadPeer } from '../peer-package.js';
import { PresenceExchange } from '../presence-exchange.js';
import {
  checkRedisOptions,
  type ConnectionLimits,
  createClient,
  describeServer,
  type RedisBrokerOptions,
  resolveLimits,
} from './redis-broker-options.js';
import { readLiveEntry } from './redis-entry.js';
import { RedisLink } from './redis-link.js';
import { RedisTopics } from './redis-topics.js';

/** How long a subscription or a question waits for a connection. */
const PATIENCE_MS = 10_000;
/** Presence is of no use later. */
const CONTROL_LIMIT_MS = 1_000;

/** What there is while the broker is started. */
interface Running {
  readonly sink: BrokerSink;
  readonly link: RedisLink;
  readonly log: RedisTopics;
  readonly exchange: PresenceExchange;
  readonly touching: NodeJS.Timeout;
}

export class RedisBroker implements Broker {
  readonly hasHistory: boolean;
  readonly status: Observable<BrokerStatus>;
  private readonly states: BehaviorSubject<BrokerStatus>;
  private readonly options: RedisBrokerOptions;
  private readonly limits: ConnectionLimits;
  private readonly kept: HistoryOptions;
  private readonly keyPrefix: string;
  /** Those that are subscribed to, by their channels. */
  private readonly topics: Map<string, string>;
  private running: Running | undefined;
  private isClosed: boolean;

  /** @throws InvalidBrokerOptionError */
  constructor(options: RedisBrokerOptions = {}) {
    checkRedisOptions(options);
    this.hasHistory = options.history !== false;
    this.states = new BehaviorSubject<BrokerStatus>('closed');
    this.status = this.states.asObservable();
    this.options = options;
    this.limits = resolveLimits(options);
    this.kept = resolveHistory(options.history, DEFAULT_HISTORY);
    this.keyPrefix = options.keyPrefix ?? 'nestwire';
    this.topics = new Map();
    this.running = undefined;
    this.isClosed = false;
  }

  async start(sink: BrokerSink): Promise<void> {
    const { Redis: RedisClass } = await loadPeer('RedisBroker', 'ioredis', () => import('ioredis'));
    if (this.isClosed) throw new BrokerClosedError();
    const { options, limits } = this;
    const create = (attempt: () => number): Redis => createClient(RedisClass, options, limits, attempt);
    const link = new RedisLink(describeServer(options), this.hasHistory, limits, create, {
      missed: () => sink.interrupted(),
      up: (isNew) => this.up(isNew),
      down: (error) => this.down(error),
      message: (channel, text) => this.receive(channel, text),
    });
    const log = new RedisTopics(this.keyPrefix, this.kept, link.clock);
    const exchange = this.createExchange(link, sink);
    const touching = setInterval(() => this.touch(), log.touchIntervalMs).unref();
    this.running = { sink, link, log, exchange, touching };
    await link.subscribe(this.controlChannel());
    await link.subscribe(this.controlChannel(exchange.node));
    try {
      await link.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async subscribe(topic: string): Promise<Position | undefined> {
    const { link, log } = this.checkRunning();
    const channel = log.channel(topic);
    this.topics.set(channel, topic);
    const call: Parameters<RedisLink['ask']>[0] = async (client, server) => {
      await link.subscribe(channel);
      return this.hasHistory ? log.position(client, server, topic) : undefined;
    };
    try {
      return (await link.ask(call, performance.now() + PATIENCE_MS)) as Position | undefined;
    } catch (error) {
      await this.unsubscribe(topic);
      throw error;
    }
  }

  async unsubscribe(topic: string): Promise<void> {
    if (this.running === undefined) return;
    const { link, log } = this.running;
    const channel = log.channel(topic);
    this.topics.delete(channel);
    await link.unsubscribe(channel);
  }

  async publish(topic: string, message: TopicMessage, deadline: number): Promise<Position | undefined> {
    const { link, log } = this.checkRunning();
    const text = encodeMessage(message);
    return link.ask<Position | undefined>(async (client, server) => {
      if (this.hasHistory) return log.publish(client, server, topic, text, deadline);
      await log.send(client, topic, text, deadline);
      return undefined;
    }, deadline);
  }

  async history(topic: string, since: Position): Promise<History> {
    const { link, log } = this.checkRunning();
    return link.ask((client, server) => log.since(client, server, topic, since), performance.now() + PATIENCE_MS);
  }

  async presence(topic: string): Promise<Presence> {
    return this.checkRunning().exchange.presence(topic);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const isUp = this.states.value === 'up';
    const exchange = this.running?.exchange;
    // The others need not wait for this node; where it cannot be said at once, they find out.
    const late = (): Error => new BrokerClosedError();
    if (isUp && exchange !== undefined) await within(exchange.close(), CONTROL_LIMIT_MS, late).catch(() => undefined);
    await this.stop();
    this.states.next('closed');
    this.states.complete();
  }

  private async stop(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    if (running === undefined) return;
    clearInterval(running.touching);
    running.link.close();
    this.topics.clear();
    await running.exchange.close();
  }

  private checkRunning(): Running {
    if (this.running === undefined || this.isClosed) throw new BrokerClosedError();
    return this.running;
  }

  private up(isNew: boolean): void {
    const { running } = this;
    if (running === undefined || this.isClosed) return;
    const isFirst = this.states.value === 'closed';
    this.states.next('up');
    if (isNew && !isFirst) running.sink.interrupted();
    running.exchange.greet();
  }

  private down(error: Error): void {
    if (this.running === undefined || this.isClosed) return;
    this.states.next('down');
    this.running.sink.failed('The broker was lost, and is tried again', error);
  }

  private receive(channel: string, text: string): void {
    const { running } = this;
    if (running === undefined || this.isClosed) return;
    const topic = this.topics.get(channel);
    if (topic !== undefined) return this.deliver(topic, text, running.sink);
    if (channel.startsWith(this.controlChannel())) running.exchange.receive(text);
  }

  private deliver(topic: string, text: string, sink: BrokerSink): void {
    const entry = this.hasHistory ? readLiveEntry(text) : withoutPosition(text);
    if (entry?.message === undefined) {
      const error = new Error(text.slice(0, 100));
      sink.failed(
        'A message of a topic cannot be read: it is of another version of nestwire, or of somebody else',
        error,
      );
    }
    if (entry !== undefined) sink.deliver(topic, entry);
    // It was not published by a broker: nothing is missing in the topic, unless history knows better.
    else sink.interrupted(topic);
  }

  private touch(): void {
    const { running } = this;
    if (running === undefined || this.states.value !== 'up' || !this.hasHistory) return;
    const { link, log, sink } = running;
    const touched = link.ask((client) => log.touch(client, this.topics.values()), performance.now() + PATIENCE_MS);
    touched.catch((error: unknown) => sink.failed('Topics could not be kept in Redis', error));
  }

  private createExchange(link: RedisLink, sink: BrokerSink): PresenceExchange {
    const send = (channel: string, text: string): Promise<unknown> =>
      link.ask((client) => client.spublish(channel, text), performance.now() + CONTROL_LIMIT_MS);
    return new PresenceExchange(
      {
        broadcast: (text) => send(this.controlChannel(), text),
        sendTo: (node, text) => send(this.controlChannel(node), text),
      },
      sink,
    );
  }

  /** Of all nodes, or of one. */
  private controlChannel(node?: string): string {
    return node === undefined ? `${this.keyPrefix}:presence` : `${this.keyPrefix}:presence:${node}`;
  }
}

function withoutPosition(text: string): TopicEntry {
  return { message: decodeMessage(text), position: undefined, previous: undefined };
}
