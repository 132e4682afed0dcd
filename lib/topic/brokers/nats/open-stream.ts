// JetStream, and in it the stream of the topics: found or made, with the limits of the options.

import { BrokerUnavailableError } from '../../broker.js';
import { loadPeer } from '../peer-package.js';
import type { NatsLink } from './nats-link.js';
import type { ResolvedStream } from './nats-options.js';
import { TopicStream } from './topic-stream.js';

/** Without a leader nobody answers, and another one may soon. */
const ANSWER_MS = 2_000;

/** JetStream's code where the account may not use it. */
const NOT_FOR_ACCOUNT = 10039;

/** @throws BrokerUnavailableError where there is no JetStream, or no such stream */
export async function openStream(link: NatsLink, prefix: string, options: ResolvedStream): Promise<TopicStream> {
  const { jetstreamManager } = await loadPeer('NatsBroker', '@nats-io/jetstream', () => import('@nats-io/jetstream'));
  const manager = await jetstreamManager(link.connection, { checkAPI: false, timeout: ANSWER_MS });
  const stream = new TopicStream(link, manager, prefix, options);
  try {
    await stream.adapt(await stream.find(undefined));
  } catch (error) {
    if (error instanceof BrokerUnavailableError) throw error;
    const { name, message, code } = error as Error & { code?: number };
    const isMissing = name === 'JetStreamNotEnabled' || code === NOT_FOR_ACCOUNT;
    const advice = isMissing
      ? 'JetStream is not enabled: start nats-server with --jetstream, allow it to the account, or leave out the option "jetstream"'
      : `JetStream did not open the stream "${options.stream}": ${message}`;
    throw new BrokerUnavailableError(advice, { cause: error });
  }
  return stream;
}
