// Which handlers decide about a topic: the first among a client's whose pattern it fits.

import { TopicPattern, type TopicParams } from './topic-pattern.js';

export interface TopicMatch<Handler> {
  readonly pattern: TopicPattern;
  readonly params: TopicParams;
  /** At least one. */
  readonly handlers: readonly Handler[];
}

/** @param handlers in the order in which they were declared, by what they handle */
export function matchTopic<Handler>(
  handlers: ReadonlyMap<unknown, readonly Handler[]>,
  topic: string,
): TopicMatch<Handler> | undefined {
  for (const [pattern, those] of handlers) {
    const params = pattern instanceof TopicPattern ? pattern.match(topic) : undefined;
    if (params !== undefined) return { pattern: pattern as TopicPattern, params, handlers: those };
  }
  return undefined;
}
