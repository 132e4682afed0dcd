// Topics that JetStream remembers. Messages go to the stream, which numbers them; they are heard as the stream publishes them again
// (topic-stream.ts), in its order; what was missed is read from it (stream-history.ts).

import type { Msg, Subscription } from '@nats-io/transport-node';
import type { BrokerSink, History } from '../../broker.js';
import type { Position } from '../../position.js';
import { encodeMessage, type TopicMessage } from '../../topic-message.js';
import { LiveTopic } from './live-topic.js';
import { checkAllowed, type NatsLink } from './nats-link.js';
import type { NatsTopics } from './nats-topics.js';
import { readMessage } from './received-message.js';
import { positionOf, readHistory } from './stream-history.js';
import { StreamPublisher } from './stream-publisher.js';
import { idIn, type KnownMessage, type TopicStream } from './topic-stream.js';

/** A topic that is subscribed. */
interface Heard {
  readonly live: LiveTopic;
  readonly subscription: Subscription;
}

export class StreamTopics implements NatsTopics {
  private readonly link: NatsLink;
  private readonly stream: TopicStream;
  private readonly sink: BrokerSink;
  private readonly publisher: StreamPublisher;
  private readonly heard: Map<string, Heard>;
  /** The last message that came. */
  private known: KnownMessage | undefined;

  /** @param disturbed told when the stream is gone, or led by another server: topics have to be shut, prepared and opened again */
  constructor(link: NatsLink, stream: TopicStream, sink: BrokerSink, disturbed: (why: string) => void) {
    this.link = link;
    this.stream = stream;
    this.sink = sink;
    this.publisher = new StreamPublisher(link, stream, () => disturbed('the stream is gone'));
    this.heard = new Map();
    this.known = undefined;
    // What a server stores while it becomes the leader, it does not publish again; and confirmations are lost with the one before.
    link.listen(stream.electionSubject, () => disturbed('the stream has a new leader'));
  }

  async prepare(): Promise<void> {
    await this.stream.find(this.known);
  }

  open(): void {
    this.publisher.open();
  }

  shut(obstacle: string): void {
    for (const { live } of this.heard.values()) live.break();
    this.publisher.shut(obstacle);
  }

  async subscribe(topic: string): Promise<Position> {
    const { live, subscription } = this.heard.get(topic) ?? this.listen(topic);
    await this.stream.mark();
    const position = positionOf(await this.stream.standingOf(topic));
    checkAllowed(subscription);
    live.begin(position);
    return position;
  }

  unsubscribe(topic: string): void {
    this.heard.get(topic)?.subscription.unsubscribe();
    this.heard.delete(topic);
  }

  publish(topic: string, message: TopicMessage, deadline: number): Promise<Position | undefined> {
    return this.publisher.publish(this.stream.subjectOf(topic), encodeMessage(message), deadline);
  }

  refuse(subject: string): void {
    this.publisher.refuse(subject);
  }

  async history(topic: string, since: Position): Promise<History> {
    const live = this.heard.get(topic)?.live;
    if (live?.isUpTo(since)) return { entries: [], isComplete: true, position: since };
    const read = (): Promise<History> =>
      readHistory(this.stream, topic, since, (text, position, previous) => {
        return { message: readMessage(topic, text, this.sink), position, previous };
      });
    return live === undefined ? read() : live.readBy(read, since);
  }

  close(): void {
    this.publisher.close();
  }

  private listen(topic: string): Heard {
    const live = new LiveTopic();
    const receive = (message: Msg): void => this.receive(topic, live, message);
    const heard: Heard = { live, subscription: this.link.listen(this.stream.liveSubjectOf(topic), receive) };
    this.heard.set(topic, heard);
    return heard;
  }

  private receive(topic: string, live: LiveTopic, received: Msg): void {
    const { subject, headers } = received;
    const offset = Number(headers?.get('Nats-Sequence'));
    const before = Number(headers?.get('Nats-Last-Sequence'));
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(before) || offset < 1) {
      return this.sink.failed('A message that did not come from the stream was ignored', new Error(subject));
    }
    const position = { epoch: this.stream.epochOf(subject), offset };
    this.note({ ...position, id: idIn(headers) });
    const message = readMessage(topic, received.string(), this.sink);
    this.sink.deliver(topic, { message, position, previous: live.hear(position, before) });
  }

  private note(message: KnownMessage): void {
    const { known } = this;
    if (known === undefined || known.epoch !== message.epoch || known.offset < message.offset) this.known = message;
  }
}
