// The stream in which JetStream keeps the topics of an application, each under a subject of its own. What it takes it publishes again
// under a subject that holds its epoch, with its number and that of the message before on the same topic: so that all nodes hear what
// they subscribed to, and see what they missed, without a consumer for each topic. A stream that was made anew has another epoch.

import type { JetStreamManager, StoredMsg, StreamConfig, StreamInfo } from '@nats-io/jetstream';
import type { MsgHdrs } from '@nats-io/transport-node';
import { randomUUID } from 'node:crypto';
import { BrokerUnavailableError } from '../../broker.js';
import type { Position } from '../../position.js';
import { topicKey } from '../../topic-name.js';
import { MESSAGE_ID, type NatsLink } from './nats-link.js';
import type { ResolvedStream } from './nats-options.js';
import { readStream, type StoredMessage } from './stream-reader.js';

/** For so long a message that is sent twice is taken once. */
const MAX_DUPLICATE_WINDOW_MS = 20_000;

/** How often something is put into the stream to tell its age by. */
const MARK_EVERY_MS = 5_000;

const NANOS = 1_000_000;

/** JetStream's codes of errors. */
const STREAM_NOT_FOUND = 10059;
const NAME_IN_USE = 10058;
const SUBJECTS_OVERLAP = 10065;

/** A message that the stream took. */
export interface KnownMessage extends Position {
  /** Under which it was published; empty where it had none. */
  readonly id: string;
}

/** How the stream stands. */
export interface StreamState {
  readonly epoch: string;
  /** The first message that the stream keeps, of whatever topic; all before it are gone. */
  readonly first: number;
  /** The last message that the stream ever took, of whatever topic. */
  readonly last: number;
  /** Most messages that are kept of a topic. */
  readonly maxMessages: number;
  readonly createdAt: Date;
}

/** How a topic stands in it. */
export interface Standing extends StreamState {
  /** The topic's last message that is kept. */
  readonly lastOfTopic: StoredMsg | undefined;
}

export class TopicStream {
  /** As it was when it was last looked at. */
  epoch: string;
  private readonly link: NatsLink;
  private readonly manager: JetStreamManager;
  private readonly prefix: string;
  private readonly options: ResolvedStream;
  /** The time for which this node has put a mark. */
  private marked: number;

  constructor(link: NatsLink, manager: JetStreamManager, prefix: string, options: ResolvedStream) {
    this.link = link;
    this.manager = manager;
    this.prefix = prefix;
    this.options = options;
    this.epoch = '';
    this.marked = 0;
  }

  /** How long a message may be sent again, without being taken twice. */
  get duplicateWindowMs(): number {
    return Math.min(this.options.history.maxAgeMs, MAX_DUPLICATE_WINDOW_MS);
  }

  /** Where it is said that another server of a cluster leads the stream. */
  get electionSubject(): string {
    return `$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.${this.options.stream}`;
  }

  subjectOf(topic: string): string {
    return `${this.prefix}.topic.${topicKey(topic)}`;
  }

  /** Where a topic's messages are heard, of whatever epoch. */
  liveSubjectOf(topic: string): string {
    return `${this.prefix}.live.*.${topicKey(topic)}`;
  }

  epochOf(liveSubject: string): string {
    return liveSubject.slice(`${this.prefix}.live.`.length, liveSubject.lastIndexOf('.'));
  }

  /**
   * Finds the stream, or makes it, and makes it anew where it lost what it had already.
   * @param known the last message that it is known to have taken
   */
  async find(known: KnownMessage | undefined): Promise<StreamInfo> {
    let info = (await this.look()) ?? (await this.create());
    const isKnown = known !== undefined && known.epoch === this.epochIn(info);
    if (isKnown && (await this.hasLost(known, info))) info = await this.recreate();
    this.epoch = this.epochIn(info);
    return info;
  }

  /** Gives the stream the limits of the options. Where it kept less before, nobody can say what is missing: it begins anew. */
  async adapt({ config }: StreamInfo): Promise<void> {
    const { max_msgs_per_subject, max_age, num_replicas, storage } = config;
    if (this.options.storage !== undefined && storage !== this.options.storage) {
      throw new BrokerUnavailableError(
        `The stream "${this.options.stream}" is there with the storage "${storage}": leave out the option ` +
          `"jetstream.storage", or delete the stream`,
      );
    }
    const limits = this.limits();
    if (max_msgs_per_subject < limits.max_msgs_per_subject) this.epoch = this.epochIn(await this.recreate());
    else if (
      max_msgs_per_subject !== limits.max_msgs_per_subject ||
      max_age !== limits.max_age ||
      num_replicas !== (limits.num_replicas ?? num_replicas)
    ) {
      await this.manager.streams.update(this.options.stream, limits);
    }
  }

  /** Makes the stream where it is gone. What was read before is of the epoch that this says, since none ever comes back. */
  async state(): Promise<StreamState> {
    const info = (await this.look()) ?? (await this.create());
    const { state, config, created } = info;
    this.epoch = this.epochIn(info);
    return {
      epoch: this.epoch,
      first: state.first_seq,
      last: state.last_seq,
      maxMessages: config.max_msgs_per_subject,
      createdAt: new Date(created),
    };
  }

  async standingOf(topic: string): Promise<Standing> {
    const lastOfTopic = await this.get({ last_by_subj: this.subjectOf(topic) });
    const state = await this.state();
    // The stream may have been made anew meanwhile.
    const isOfEpoch = lastOfTopic !== undefined && lastOfTopic.time >= state.createdAt;
    return { ...state, lastOfTopic: isOfEpoch ? lastOfTopic : undefined };
  }

  /**
   * Puts a mark into the stream, one for all nodes and every few seconds: what only leaves it by age. So the stream's first message
   * is not a late one only because the topics before it were busy, and what is said of quiet topics can be proved for as long as
   * history is kept. Without it, less can be proved, and nothing wrong.
   */
  async mark(): Promise<void> {
    const now = Math.floor(Date.now() / MARK_EVERY_MS);
    if (now === this.marked) return;
    this.marked = now;
    const subject = `${this.prefix}.mark.${now}`;
    await this.manager
      .jetstream()
      .publish(subject, '', { msgID: subject })
      .catch(() => (this.marked = 0));
  }

  /** The offset of the topic's first message that is kept. */
  async firstOf(topic: string): Promise<number | undefined> {
    return (await this.get({ seq: 1, next_by_subj: this.subjectOf(topic) }))?.seq;
  }

  /** The topic's messages after an offset, up to another. */
  async read(topic: string, after: number, to: number): Promise<StoredMessage[]> {
    const { stream } = this.options;
    const reading = { stream, subject: this.subjectOf(topic), from: after + 1, to };
    return (await unlessGone(readStream(this.link, this.manager, reading))) ?? [];
  }

  private async get(
    query: { last_by_subj: string } | { seq: number; next_by_subj?: string },
  ): Promise<StoredMsg | undefined> {
    return (await unlessGone(this.manager.streams.getMessage(this.options.stream, query))) ?? undefined;
  }

  private look(): Promise<StreamInfo | undefined> {
    return unlessGone(this.manager.streams.info(this.options.stream));
  }

  private async create(): Promise<StreamInfo> {
    const { stream, storage = 'file', replicas = 1 } = this.options;
    const config: Partial<StreamConfig> & { name: string } = {
      ...this.limits(),
      name: stream,
      subjects: [`${this.prefix}.topic.*`, `${this.prefix}.mark.*`],
      storage,
      num_replicas: replicas,
      retention: 'limits',
      discard: 'old',
      republish: { src: `${this.prefix}.topic.>`, dest: `${this.prefix}.live.${randomUUID()}.>` },
    };
    try {
      return await this.manager.streams.add(config);
    } catch (error) {
      const code = codeOf(error);
      // Another node was faster.
      const found = code === NAME_IN_USE ? await this.look() : undefined;
      if (found !== undefined) return found;
      if (code !== SUBJECTS_OVERLAP) throw error;
      throw new BrokerUnavailableError(
        `A stream with another name than "${stream}" has the subjects ${this.prefix}.topic.*: name it by the option ` +
          `"jetstream.stream", or set another "subjectPrefix"`,
        { cause: error },
      );
    }
  }

  /** What it has is of no use any more: nobody can go on from a position of an epoch that is over. */
  private async recreate(): Promise<StreamInfo> {
    await this.manager.streams.delete(this.options.stream);
    return this.create();
  }

  /** Whether the stream went back to what it was before it took a message. */
  private async hasLost({ offset, id }: KnownMessage, { state }: StreamInfo): Promise<boolean> {
    if (state.last_seq < offset) return true;
    const message = await this.get({ seq: offset });
    return message !== undefined && idIn(message.header) !== id;
  }

  /** @throws BrokerUnavailableError where the stream is not one of ours */
  private epochIn({ config }: StreamInfo): string {
    const { republish, retention } = config;
    const start = `${this.prefix}.live.`;
    if (republish?.src === `${this.prefix}.topic.>` && republish.dest.startsWith(start) && retention === 'limits') {
      return republish.dest.slice(start.length, -'.>'.length);
    }
    throw new BrokerUnavailableError(
      `The stream "${config.name}" is there and was made for something else: name another by the option "jetstream.stream"`,
    );
  }

  private limits(): Pick<StreamConfig, 'duplicate_window' | 'max_age' | 'max_msgs_per_subject'> & {
    num_replicas?: number;
  } {
    const { history, replicas } = this.options;
    return {
      max_msgs_per_subject: history.maxMessages,
      max_age: history.maxAgeMs * NANOS,
      duplicate_window: this.duplicateWindowMs * NANOS,
      ...(replicas !== undefined && { num_replicas: replicas }),
    };
  }
}

/** The id under which a message was published; empty where it had none. */
export function idIn(headers: MsgHdrs | undefined): string {
  return headers?.get(MESSAGE_ID) ?? '';
}

/** What the stream says; undefined where there is none. */
async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (codeOf(error) === STREAM_NOT_FOUND) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): number | undefined {
  return (error as { code?: number } | undefined)?.code;
}
