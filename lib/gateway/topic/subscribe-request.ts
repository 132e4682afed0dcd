// A client's request to be sent a topic's messages. The handlers of `@SubscribeTopic()` decide about it; when they have let it pass,
// the id is the subscription's.

import { WsException } from '@nestjs/websockets';
import type { RequestId } from '../../envelope/request-id.js';
import { BrokerClosedError, BrokerUnavailableError } from '../../topic/broker.js';
import { WireRequest } from '../dispatch/wire-request.js';
import type { WireSocket } from '../socket/wire-socket.js';
import { type Requested, TOPICS } from './client-topics.js';
import type { TopicParams } from './topic-pattern.js';

/** What a handler of `@SubscribeTopic()` gets as `@MessageBody()`. */
export interface SubscribedTopic {
  readonly topic: string;
  /** What stands for the parameters of its pattern. */
  readonly params: TopicParams;
}

const TOPIC_UNAVAILABLE = {
  status: 503,
  code: 'TOPIC_UNAVAILABLE',
  message: 'The topic cannot be subscribed to at the moment.',
};

export class SubscribeRequest extends WireRequest {
  private readonly asked: Omit<Requested, 'info'>;
  private info: unknown;
  /** Whether the handlers have let it pass. */
  private isAdding: boolean;
  private isGranted: boolean;

  constructor(
    id: RequestId,
    socket: WireSocket,
    asked: Omit<Requested, 'info'>,
    private readonly freePlace: () => void,
    onEnd: () => void,
    onRest: () => void,
  ) {
    super(id, socket, 1, onEnd, onRest);
    this.asked = asked;
    this.info = undefined;
    this.isAdding = false;
    this.isGranted = false;
  }

  /** What a handler returns is for `topics.presence()`. */
  override next(value: unknown): void {
    this.info = value;
  }

  protected override finish(): void {
    void this.subscribe();
  }

  /** Also where the client cancels, or is told of an error, before it is subscribed. */
  protected override end(): void {
    super.end();
    if (this.isAdding && !this.isGranted) this.socket[TOPICS].cancel(this.id);
  }

  /** Not sooner than its handler has come to rest: whoever asks and cancels would have any number at work. */
  protected override rest(): void {
    if (!this.isAdding) this.freePlace();
    super.rest();
  }

  private async subscribe(): Promise<void> {
    this.isAdding = true;
    const { asked, info } = this;
    try {
      await this.socket[TOPICS].subscribeAs(this.id, { ...asked, info }, this.freePlace);
    } catch (error) {
      this.error(forClients(error, this.socket));
      return;
    }
    if (this.isOver) return;
    this.isGranted = true;
    this.end();
  }
}

function forClients(error: unknown, socket: WireSocket): unknown {
  if (!(error instanceof BrokerUnavailableError || error instanceof BrokerClosedError)) return error;
  socket.topicHub.subscribingFailed(error);
  return new WsException(TOPIC_UNAVAILABLE);
}
