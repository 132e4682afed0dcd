// How many topics a client may be in at a time. A place is taken from the moment the client asks to the end of its subscription, and
// for as long as the broker is at work for it: whoever asks and gives up, over and over, has no more of them than others.

import { WsException } from '@nestjs/websockets';

/** A client would be in more topics than `limits.maxTopics` allows. */
export class TooManyTopicsError extends WsException {
  constructor(maxTopics: number) {
    super({
      status: 429,
      code: 'TOO_MANY_TOPICS',
      message: `A client may be subscribed to ${maxTopics} topics at a time (limits.maxTopics).`,
    });
    this.name = 'TooManyTopicsError';
  }
}

export class TopicPlaces {
  private readonly maxTopics: number;
  private taken: number;

  /** @param maxTopics 0 for no limit */
  constructor(maxTopics: number) {
    this.maxTopics = maxTopics;
    this.taken = 0;
  }

  /** @returns what frees the place again, once @throws TooManyTopicsError */
  take(): () => void {
    if (this.maxTopics > 0 && this.taken >= this.maxTopics) throw new TooManyTopicsError(this.maxTopics);
    this.taken++;
    let isTaken = true;
    return () => {
      if (isTaken) this.taken--;
      isTaken = false;
    };
  }
}
