// Topics over NATS alone: live, at most once, without positions. A message is confirmed when the server has answered a ping behind
// it, one ping for all of a turn; what was on its way when the connection was lost is not sent again, since it may have arrived.

import type { Msg, Subscription } from '@nats-io/transport-node';
import { type BrokerSink, BrokerUnavailableError, type History } from '../../broker.js';
import type { Position } from '../../position.js';
import { encodeMessage, type TopicMessage } from '../../topic-message.js';
import { topicKey } from '../../topic-name.js';
import { checkAllowed, type NatsLink } from './nats-link.js';
import type { NatsTopics } from './nats-topics.js';
import { readMessage } from './received-message.js';
import { type Outgoing, PublishLine } from './publish-line.js';

export class CoreTopics implements NatsTopics {
  private readonly link: NatsLink;
  private readonly prefix: string;
  private readonly sink: BrokerSink;
  private readonly line: PublishLine;
  private readonly subscriptions: Map<string, Subscription>;
  /** Sent in this turn. */
  private unflushed: number[];
  /** What came before it was said that something may be missing; undefined while topics are open. */
  private held: (() => void)[] | undefined;

  constructor(link: NatsLink, prefix: string, sink: BrokerSink) {
    this.link = link;
    this.prefix = prefix;
    this.sink = sink;
    this.line = new PublishLine((message) => this.send(message));
    this.subscriptions = new Map();
    this.unflushed = [];
    this.held = undefined;
  }

  async prepare(): Promise<void> {
    // Nothing is kept by the server that would have to be looked at.
  }

  open(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const deliver of held) deliver();
    this.line.open();
  }

  shut(obstacle: string): void {
    this.held = [];
    this.line.shut(obstacle);
    this.line.doubtSent(() => false);
  }

  async subscribe(topic: string): Promise<undefined> {
    let subscription = this.subscriptions.get(topic);
    if (subscription === undefined) {
      subscription = this.link.listen(this.subjectOf(topic), (message) => this.receive(topic, message));
      this.subscriptions.set(topic, subscription);
    }
    await this.link.connection.flush();
    checkAllowed(subscription);
  }

  unsubscribe(topic: string): void {
    this.subscriptions.get(topic)?.unsubscribe();
    this.subscriptions.delete(topic);
  }

  publish(topic: string, message: TopicMessage, deadline: number): Promise<Position | undefined> {
    return this.line.publish(this.subjectOf(topic), encodeMessage(message), deadline);
  }

  refuse(subject: string): void {
    this.line.refuse(subject);
  }

  async history(): Promise<History> {
    throw new BrokerUnavailableError('NATS without JetStream has no history: set the option "jetstream" of NatsBroker');
  }

  close(): void {
    this.line.close();
  }

  private subjectOf(topic: string): string {
    return `${this.prefix}.topic.${topicKey(topic)}`;
  }

  private receive(topic: string, received: Msg): void {
    const message = readMessage(topic, received.string(), this.sink);
    const deliver = (): void => this.sink.deliver(topic, { message, position: undefined, previous: undefined });
    if (this.held === undefined) deliver();
    else this.held.push(deliver);
  }

  private send({ number, subject, payload }: Outgoing): void {
    this.link.publish(subject, payload);
    if (this.unflushed.push(number) === 1) queueMicrotask(() => void this.flush());
  }

  private async flush(): Promise<void> {
    const numbers = this.unflushed;
    this.unflushed = [];
    try {
      await this.link.flush();
    } catch {
      // The connection was lost, and `shut` follows.
      return;
    }
    for (const number of numbers) this.line.confirm(number, undefined);
  }
}
