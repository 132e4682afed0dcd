// The broker over NATS: topics live only, or remembered by JetStream. Here is its life: started, lost, found again, closed; the rest
// is in the files that this one imports.

import { setTimeout as delay } from 'node:timers/promises';
import { BehaviorSubject, filter, firstValueFrom, from, ignoreElements, map, merge, type Observable } from 'rxjs';
import {
  type Broker,
  BrokerClosedError,
  type BrokerSink,
  type BrokerStatus,
  BrokerUnavailableError,
  type History,
  type Presence,
} from '../../broker.js';
import type { Position } from '../../position.js';
import type { TopicMessage } from '../../topic-message.js';
import { PresenceExchange } from '../presence-exchange.js';
import { ControlSubjects } from './control-subjects.js';
import { CoreTopics } from './core-topics.js';
import { NatsLink } from './nats-link.js';
import { type NatsBrokerOptions, type ResolvedNatsOptions, resolveNatsOptions } from './nats-options.js';
import type { NatsTopics } from './nats-topics.js';
import { openStream } from './open-stream.js';
import { StreamTopics } from './stream-topics.js';

const RETRY_MS = 500;

/** What there is once it is started. */
interface Running {
  readonly link: NatsLink;
  readonly topics: NatsTopics;
  readonly presence: PresenceExchange;
  readonly sink: BrokerSink;
}

export class NatsBroker implements Broker {
  readonly hasHistory: boolean;
  readonly status: Observable<BrokerStatus>;
  private readonly states: BehaviorSubject<BrokerStatus>;
  private readonly options: ResolvedNatsOptions;
  private link: NatsLink | undefined;
  private running: Running | undefined;
  private isClosed: boolean;
  /** Times that the topics were shut: what was begun before may have been cut short. */
  private losses: number;

  /** @throws InvalidBrokerOptionError */
  constructor(options: NatsBrokerOptions) {
    this.options = resolveNatsOptions(options);
    this.hasHistory = this.options.stream !== undefined;
    this.states = new BehaviorSubject<BrokerStatus>('closed');
    this.status = this.states.asObservable();
    this.link = undefined;
    this.running = undefined;
    this.isClosed = false;
    this.losses = 0;
  }

  async start(sink: BrokerSink): Promise<void> {
    if (this.isClosed) throw new BrokerClosedError();
    const link = await NatsLink.open(this.options, {
      lost: () => this.lose(`the connection to ${this.place} is lost`),
      restored: () => void this.revive(),
      refused: (subject) => this.running?.topics.refuse(subject),
      failed: (what, error) => sink.failed(what, error),
    });
    this.link = link;
    try {
      this.running = await this.run(link, sink);
      // It may have been closed meanwhile, when there was nothing to close.
      if (this.isClosed) throw new BrokerClosedError();
    } catch (error) {
      await link.close();
      throw this.isClosed ? new BrokerClosedError() : error;
    }
    this.running.topics.open();
    this.goUp(this.running);
  }

  subscribe(topic: string): Promise<Position | undefined> {
    return this.attempt(({ topics }) => topics.subscribe(topic));
  }

  unsubscribe(topic: string): void {
    if (!this.isClosed) this.running?.topics.unsubscribe(topic);
  }

  async publish(topic: string, message: TopicMessage, deadline: number): Promise<Position | undefined> {
    return this.checkRunning().topics.publish(topic, message, deadline);
  }

  history(topic: string, since: Position): Promise<History> {
    return this.attempt(({ topics }) => topics.history(topic, since));
  }

  async presence(topic: string): Promise<Presence> {
    return this.checkRunning().presence.presence(topic);
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.running?.topics.close();
    await this.running?.presence.close();
    this.states.next('closed');
    this.states.complete();
    await this.link?.close();
  }

  private get place(): string {
    return `NATS at ${this.options.servers.join(', ')}`;
  }

  private async run(link: NatsLink, sink: BrokerSink): Promise<Running> {
    const { prefix, stream } = this.options;
    const control = new ControlSubjects(link, prefix);
    const presence = new PresenceExchange(control, sink);
    control.listen(presence.node, (text) => presence.receive(text));
    const disturbed = (why: string): void => this.disturb(why);
    const topics =
      stream === undefined
        ? new CoreTopics(link, prefix, sink)
        : new StreamTopics(link, await openStream(link, prefix, stream), sink, disturbed);
    await link.connection.flush();
    return { link, topics, presence, sink };
  }

  private goUp({ presence }: Running): void {
    presence.greet();
    this.states.next('up');
  }

  /** The connection, or what there has to be at its other end, is lost. */
  private lose(obstacle: string): void {
    this.losses++;
    this.running?.topics.shut(obstacle);
    if (this.states.value === 'up') this.states.next('down');
  }

  /** Something is wrong with the stream, while the connection is there. */
  private disturb(why: string): void {
    if (this.states.value !== 'up') return;
    this.lose(`${why}, of ${this.place}`);
    void this.revive();
  }

  /** The connection is there again: goes on when all is found to be well, or has been made so. */
  private async revive(): Promise<void> {
    const { running, losses } = this;
    if (running === undefined) return;
    let lastError: string | undefined;
    while (losses === this.losses && !this.isClosed) {
      try {
        await running.topics.prepare();
        if (losses === this.losses && !this.isClosed) this.reopen(running);
        return;
      } catch (error) {
        const { message } = error as Error;
        if (message !== lastError && losses === this.losses && !this.isClosed) {
          running.sink.failed(`${this.place} can be reached, and cannot be used`, error);
        }
        lastError = message;
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  private reopen(running: Running): void {
    this.goUp(running);
    // Said before anything else is delivered.
    running.sink.interrupted();
    running.topics.open();
  }

  /** Calls when it is up, and once more where the call was cut short. */
  private async attempt<T>(call: (running: Running) => Promise<T>): Promise<T> {
    for (;;) {
      const running = await this.whenUp();
      const { losses } = this;
      try {
        return await firstValueFrom(merge(from(call(running)), this.states.pipe(map(throwUnlessUp), ignoreElements())));
      } catch (error) {
        if (this.isClosed) throw new BrokerClosedError();
        if (losses !== this.losses || this.states.value !== 'up') continue;
        if (error instanceof BrokerUnavailableError) throw error;
        throw new BrokerUnavailableError(`${this.place} did not do what it was asked for`, { cause: error });
      }
    }
  }

  private async whenUp(): Promise<Running> {
    const running = this.checkRunning();
    if (this.states.value === 'up') return running;
    const up = await firstValueFrom(this.states.pipe(filter((state) => state === 'up')), { defaultValue: undefined });
    if (up === undefined) throw new BrokerClosedError();
    return running;
  }

  private checkRunning(): Running {
    if (this.running === undefined || this.isClosed) throw new BrokerClosedError();
    return this.running;
  }
}

function throwUnlessUp(state: BrokerStatus): void {
  if (state !== 'up') throw new BrokerUnavailableError('NATS was lost meanwhile');
}
