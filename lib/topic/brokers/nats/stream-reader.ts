// Reads a topic's messages from the stream, all at once: by a consumer that the server makes for this reading, and sends them to a
// subject that nobody else listens to. It is some twenty times faster than asking for one after the other.

import type { JetStreamManager } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/transport-node';
import { BrokerUnavailableError } from '../../broker.js';
import { within } from '../../time-limit.js';
import type { NatsLink } from './nats-link.js';

/** A message as the stream keeps it. */
export interface StoredMessage {
  readonly offset: number;
  readonly text: string;
}

export interface Reading {
  readonly stream: string;
  readonly subject: string;
  /** The first offset that is wanted, and the last one. */
  readonly from: number;
  readonly to: number;
}

/** How long it may take, and how long a consumer stays that could not be deleted. */
const LIMIT_MS = 5_000;
/** Messages sent and not acknowledged: more of large ones, and the server would take this node for one that does not read. */
const MAX_ON_THEIR_WAY = 16;
/** After so long without a message the server says so: it has none to send, or waits for acknowledgements. */
const IDLE_MS = 1_000;
/** The code of that. */
const IDLE = 100;
/** Where nothing has been read here for so long either, it has none: the rest was let go while it was read. */
const SILENCE_MS = IDLE_MS / 2;
const NANOS = 1_000_000;

/**
 * @returns in order, up to `to` or the end of what there is; less where messages are let go meanwhile
 * @throws BrokerUnavailableError where it took too long, or one of the messages was lost on the way
 */
export async function readStream(
  link: NatsLink,
  manager: JetStreamManager,
  reading: Reading,
): Promise<StoredMessage[]> {
  const { stream, subject, from, to } = reading;
  const messages: StoredMessage[] = [];
  const inbox = link.inbox();
  let end: () => void;
  const ended = new Promise<void>((resolve) => (end = resolve));
  let isBroken = false;
  let readAt = performance.now();
  const subscription = link.listen(inbox, (message) => {
    if (message.headers?.code === IDLE) {
      if (performance.now() - readAt >= SILENCE_MS) end();
      return;
    }
    const place = placeOf(message);
    if (place === undefined) return;
    readAt = performance.now();
    message.respond();
    // It goes on with what was published meanwhile.
    if (place.offset <= to) {
      messages.push({ offset: place.offset, text: message.string() });
      isBroken ||= place.count !== messages.length;
    }
    if (place.offset >= to || place.pending === 0) end();
  });
  try {
    const consumer = await manager.consumers.add(stream, {
      deliver_subject: inbox,
      filter_subject: subject,
      deliver_policy: 'by_start_sequence',
      opt_start_seq: from,
      ack_policy: 'explicit',
      max_ack_pending: MAX_ON_THEIR_WAY,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: LIMIT_MS * NANOS,
      idle_heartbeat: IDLE_MS * NANOS,
    });
    if (consumer.num_pending === 0 && messages.length === 0) end!();
    const late = (): Error => new BrokerUnavailableError(`History was not read within ${LIMIT_MS} ms`);
    await within(ended, LIMIT_MS, late);
    // The server does so by itself, later.
    manager.consumers.delete(stream, consumer.name).catch(() => undefined);
  } finally {
    subscription.unsubscribe();
  }
  if (isBroken) throw new BrokerUnavailableError('A message of history was lost on its way');
  return messages;
}

/**
 * Where a message that a consumer sends stands, as the subject for its acknowledgement says: in the stream, in what the consumer
 * sends, counted from 1, and how many are still to come. `$JS.ACK.<stream>.<consumer>.<times>.<offset>.<count>.<time>.<pending>`;
 * newer servers have the domain and the account before the stream, and a token behind.
 */
function placeOf({ reply }: Msg): { offset: number; count: number; pending: number } | undefined {
  const tokens = (reply ?? '').split('.');
  if (tokens[1] !== 'ACK' || tokens.length < 9) return undefined;
  const [offset, count, , pending] = tokens.slice(tokens.length > 9 ? 7 : 5).map(Number);
  return { offset: offset!, count: count!, pending: pending! };
}
