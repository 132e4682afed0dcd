// A client's request to be sent a topic's messages. The handlers of `@SubscribeTopic()` decide about it; when they have let it pass,
// the id is the subscription's.

import { WsException } from '@nestjs/websockets';
import type { TopicPosition } from '../../envelope/json-envelope.js';
import type { RequestId } from '../../envelope/request-id.js';
import { BrokerClosedError, BrokerUnavailableError } from '../../topic/broker.js';
import { WireRequest } from '../dispatch/wire-request.js';
import { logUnhandled } from '../log-unhandled.js';
import type { WireSocket } from '../socket/wire-socket.js';
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
  private readonly topic: string;
  private readonly recover: TopicPosition | undefined;
  private info: unknown;

  constructor(
    id: RequestId,
    socket: WireSocket,
    { topic, recover }: { readonly topic: string; readonly recover: TopicPosition | undefined },
    onEnd: () => void,
    onRest: () => void,
  ) {
    super(id, socket, 1, onEnd, onRest);
    this.topic = topic;
    this.recover = recover;
    this.info = undefined;
  }

  /** What a handler returns is for `topics.presence()`. */
  override next(value: unknown): void {
    this.info = value;
  }

  override cancel(): void {
    super.cancel();
    this.socket.memberships.cancel(this.id);
  }

  protected override finish(): void {
    void this.subscribe();
  }

  private async subscribe(): Promise<void> {
    try {
      await this.socket.memberships.subscribeAs(this.id, this.topic, this.info, this.recover);
    } catch (error) {
      this.error(forClients(error));
      return;
    }
    if (!this.isOver) this.end();
  }
}

function forClients(error: unknown): unknown {
  if (!(error instanceof BrokerUnavailableError || error instanceof BrokerClosedError)) return error;
  logUnhandled('A client could not be subscribed to a topic', error);
  return new WsException(TOPIC_UNAVAILABLE);
}
