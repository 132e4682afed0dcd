// A client's request to be sent a topic's messages. The handlers of `@SubscribeTopic()` decide about it; when they have let it pass,
// the id is the subscription's.

import { WsException } from '@nestjs/websockets';
import type { RequestId } from '../../envelope/request-id.js';
import { BrokerClosedError, BrokerUnavailableError } from '../../topic/broker.js';
import { WireRequest } from '../dispatch/wire-request.js';
import { logUnhandled } from '../log-unhandled.js';
import type { WireSocket } from '../socket/wire-socket.js';
import type { Requested } from './client-topics.js';
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

  constructor(
    id: RequestId,
    socket: WireSocket,
    asked: Omit<Requested, 'info'>,
    onEnd: () => void,
    onRest: () => void,
  ) {
    super(id, socket, 1, onEnd, onRest);
    this.asked = asked;
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
      await this.socket.memberships.subscribeAs(this.id, { ...this.asked, info: this.info });
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
