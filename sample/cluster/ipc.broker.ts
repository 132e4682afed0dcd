// A broker of one's own: this is a node's side of it, and topic-host.ts the other, in the primary. A line that breaks ends the node
// with it, so that nothing has to be made up for.

import { BehaviorSubject } from 'rxjs';
import {
  type Broker,
  BrokerClosedError,
  type BrokerSink,
  type BrokerStatus,
  BrokerUnavailableError,
  type History,
  type Position,
  type Presence,
  type TopicMessage,
} from 'nestwire';
import type { FromNode, FromPrimary, Line, Question } from './messages.js';

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** A question without its id. */
type Asked = Question extends infer Each ? (Each extends Question ? Omit<Each, 'id'> : never) : never;

export class IpcBroker implements Broker {
  readonly hasHistory = true;
  private readonly states = new BehaviorSubject<BrokerStatus>('closed');
  readonly status = this.states.asObservable();
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private sink: BrokerSink | undefined;

  constructor(private readonly line: Line<FromNode, FromPrimary>) {}

  async start(sink: BrokerSink): Promise<void> {
    this.sink = sink;
    this.line.listen((message) => this.receive(message));
    this.states.next('up');
  }

  subscribe(topic: string): Promise<Position> {
    return this.ask({ ask: 'subscribe', topic });
  }

  async unsubscribe(topic: string): Promise<void> {
    // Whoever leaves while this closes has nothing to complain of.
    if (this.sink !== undefined) await this.ask({ ask: 'unsubscribe', topic }).catch(() => undefined);
  }

  publish(topic: string, message: TopicMessage, deadline: number): Promise<Position> {
    return this.ask({ ask: 'publish', topic, message, deadline: performance.timeOrigin + deadline });
  }

  history(topic: string, since: Position): Promise<History> {
    return this.ask({ ask: 'history', topic, since });
  }

  presence(topic: string): Promise<Presence> {
    return this.ask({ ask: 'presence', topic });
  }

  async close(): Promise<void> {
    this.sink = undefined;
    for (const each of this.waiting.values()) each.reject(new BrokerClosedError());
    this.waiting.clear();
    this.states.next('closed');
    this.states.complete();
  }

  private async ask<T>(question: Asked): Promise<T> {
    if (this.sink === undefined) throw new BrokerClosedError();
    const id = ++this.lastId;
    const answer = new Promise<unknown>((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.line.send({ ...question, id });
    return answer as Promise<T>;
  }

  private receive(message: FromPrimary): void {
    if (this.sink === undefined) return;
    if ('entry' in message) this.sink.deliver(message.topic, message.entry);
    else if ('whoIsIn' in message) this.line.send({ id: message.id, members: this.sink.membersOf(message.whoIsIn) });
    else if ('answer' in message) this.take(message.id)?.resolve(message.answer);
    else if ('refusal' in message) this.take(message.id)?.reject(new BrokerUnavailableError(message.refusal));
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    return waiting;
  }
}
