// The topics that clients may subscribe to by a handler of `@SubscribeTopic()`: one topic, or all that fit a pattern such as
// `room/:id`. The pattern is what Nest knows the handler by; it is an object, so that no event name that a client could send equals it.

import { match, type MatchFunction } from 'path-to-regexp';

/** What stands for the parameters of a pattern, by their names; a wildcard's is a list. */
export type TopicParams = Readonly<Record<string, string | readonly string[]>>;

type Matcher = MatchFunction<Partial<Record<string, string | string[]>>>;

const NO_PARAMS: TopicParams = Object.freeze({});

/** What makes a pattern more than a text to be compared; the syntax is that of paths. */
const PATTERN = /[:*{\\]/;

export class TopicPattern {
  readonly text: string;
  private readonly matches: Matcher | undefined;

  /** @throws TypeError for a pattern that cannot be meant */
  constructor(text: string) {
    if (typeof text !== 'string' || text === '') {
      throw new TypeError('@SubscribeTopic() takes the name of a topic, or a pattern such as "room/:id"');
    }
    this.text = text;
    this.matches = PATTERN.test(text) ? compile(text) : undefined;
    Object.freeze(this);
  }

  /** @returns undefined for a topic that does not fit */
  match(topic: string): TopicParams | undefined {
    if (this.matches === undefined) return topic === this.text ? NO_PARAMS : undefined;
    const result = this.matches(topic);
    return result === false ? undefined : (result.params as TopicParams);
  }

  /** How Nest's log names it. */
  toString(): string {
    return `(topic ${this.text})`;
  }

  toJSON(): string {
    return this.toString();
  }
}

function compile(text: string): Matcher {
  try {
    // Topics are texts, not addresses: nothing is decoded.
    return match(text, { sensitive: true, trailing: false, decode: false });
  } catch (error) {
    throw new TypeError(`@SubscribeTopic("${text}") is no pattern: ${(error as Error).message}`, { cause: error });
  }
}
