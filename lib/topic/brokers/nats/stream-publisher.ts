// Messages to the stream, each confirmed with the number that it got there. One whose confirmation did not come before the connection
// was lost is sent again under the same id, which the stream takes once; not where the stream was made anew, since subscribers may
// have had it from the one before.

import type { Msg } from '@nats-io/transport-node';
import { randomUUID } from 'node:crypto';
import { BrokerUnavailableError } from '../../broker.js';
import type { Position } from '../../position.js';
import type { NatsLink } from './nats-link.js';
import { type Outgoing, PublishLine } from './publish-line.js';
import type { TopicStream } from './topic-stream.js';

/** What the stream answers to a message. */
interface Confirmation {
  readonly seq?: number;
  readonly error?: { readonly description?: string };
}

/** Said by the server where nothing takes a message. */
const NO_RESPONDERS = 503;

export class StreamPublisher {
  private readonly link: NatsLink;
  private readonly stream: TopicStream;
  private readonly streamIsGone: () => void;
  private readonly line: PublishLine;
  /** Confirmations come to subjects below it. */
  private readonly inbox: string;
  /** Begins the ids of this node's messages. */
  private readonly node: string;
  /** Of the stream to which messages were sent last. */
  private epoch: string | undefined;

  constructor(link: NatsLink, stream: TopicStream, streamIsGone: () => void) {
    this.link = link;
    this.stream = stream;
    this.streamIsGone = streamIsGone;
    this.line = new PublishLine((message) => this.send(message));
    this.inbox = link.inbox();
    this.node = randomUUID();
    this.epoch = undefined;
    link.listen(`${this.inbox}.*`, (message) => this.receive(message));
  }

  open(): void {
    const oldest = performance.now() - this.stream.duplicateWindowMs;
    const isSameStream = this.epoch === this.stream.epoch;
    this.epoch = this.stream.epoch;
    this.line.doubtSent(({ firstSentAt }) => isSameStream && firstSentAt! > oldest);
    this.line.open();
  }

  shut(obstacle: string): void {
    this.line.shut(obstacle);
  }

  publish(subject: string, payload: string, deadline: number): Promise<Position | undefined> {
    return this.line.publish(subject, payload, deadline);
  }

  refuse(subject: string): void {
    this.line.refuse(subject);
  }

  close(): void {
    this.line.close();
  }

  private send({ number, subject, payload }: Outgoing): void {
    this.link.publish(subject, payload, { id: `${this.node}.${number}`, at: `${this.inbox}.${number}` });
  }

  private receive(message: Msg): void {
    const number = Number(message.subject.slice(this.inbox.length + 1));
    if (message.headers?.code === NO_RESPONDERS) {
      this.line.handBack(number);
      return this.streamIsGone();
    }
    const { seq, error } = message.json<Confirmation>();
    if (error === undefined) return this.line.confirm(number, { epoch: this.stream.epoch, offset: seq! });
    const why = `JetStream refused a message: ${error.description}`;
    this.line.reject(number, new BrokerUnavailableError(why));
  }
}
