// A topic's messages as values of an Observable, for the application itself.

import type { Subscriber as Observer } from 'rxjs';
import type { Position } from '../../topic/position.js';
import type { Subscriber } from '../../topic/subscriber.js';
import { decodeBody, type TopicMessage } from '../../topic/topic-message.js';

/** A message that was published to a topic. */
export interface PublishedMessage {
  readonly topic: string;
  readonly event: string;
  readonly data: unknown;
  /** Where it stands; undefined where the broker has no history. */
  readonly position: Position | undefined;
  /** Whether messages before it were missed that cannot be had any more. */
  readonly isAfterGap: boolean;
}

export class ObservingSubscriber implements Subscriber {
  readonly id = undefined;
  readonly info = undefined;
  private hasBegun: boolean;
  private hasGap: boolean;

  constructor(
    private readonly topic: string,
    private readonly observer: Observer<PublishedMessage>,
  ) {
    this.hasBegun = false;
    this.hasGap = false;
  }

  next(message: TopicMessage, position: Position | undefined): void {
    const { event, data } = decodeBody(message.body);
    const isAfterGap = this.hasGap;
    this.hasGap = false;
    this.observer.next({ topic: this.topic, event, data, position, isAfterGap });
  }

  subscribed(): void {
    this.hasGap = this.hasBegun;
    this.hasBegun = true;
  }

  ended(): void {
    this.observer.complete();
  }
}
