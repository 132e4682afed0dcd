// A topic's message as it came from NATS. One that cannot be read is logged and takes its place all the same, so that those who
// are subscribed are told that something is missing.

import type { BrokerSink } from '../../broker.js';
import { decodeMessage, type TopicMessage } from '../../topic-message.js';

const SHOWN_LENGTH = 80;

export function readMessage(topic: string, text: string, sink: Pick<BrokerSink, 'failed'>): TopicMessage | undefined {
  const message = decodeMessage(text);
  if (message === undefined) {
    const [what, where] = [text, topic].map((each) => JSON.stringify(each.slice(0, SHOWN_LENGTH)));
    const why = 'no version of nestwire that is known here has written it';
    sink.failed(`A message of topic ${where} cannot be read, and is reported as missed`, new Error(`${what}: ${why}`));
  }
  return message;
}
