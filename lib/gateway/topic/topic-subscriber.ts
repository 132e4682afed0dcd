// A client as a topic sees it: what is published is sent to it, under the id by which it subscribed, or as any event where the
// application subscribed it.

import { PreparedMessage } from '../../connection/prepared-message.js';
import { encodeSubscribed } from '../../envelope/json-envelope.js';
import type { RequestId } from '../../envelope/request-id.js';
import type { Position } from '../../topic/position.js';
import type { Subscriber } from '../../topic/subscriber.js';
import type { TopicMessage } from '../../topic/topic-message.js';
import { prepare } from './prepared-messages.js';

/** The client, as far as it is sent to. */
export interface TopicClient {
  sendPrepared(message: PreparedMessage): unknown;
}

export class TopicSubscriber implements Subscriber {
  readonly id: string;
  readonly info: unknown;
  private readonly client: TopicClient;
  private readonly requestId: RequestId | undefined;

  constructor(id: string, client: TopicClient, requestId: RequestId | undefined, info: unknown) {
    this.id = id;
    this.info = info;
    this.client = client;
    this.requestId = requestId;
  }

  next(message: TopicMessage, position: Position | undefined): void {
    this.client.sendPrepared(prepare(message, this.requestId, position));
  }

  subscribed(position: Position | undefined, recovered: boolean): void {
    if (this.requestId === undefined) return;
    this.client.sendPrepared(new PreparedMessage(encodeSubscribed(this.requestId, position, recovered)));
  }
}
