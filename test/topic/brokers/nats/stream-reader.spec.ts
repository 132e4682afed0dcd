// Reading from a stream where messages are lost on their way: a real server is not made to lose one, and lets nobody send in its name.
// Here the server is a script.

import type { JetStreamManager } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/transport-node';
import { describe, expect, it } from '@jest/globals';
import { BrokerUnavailableError } from '../../../../lib/topic/broker.js';
import type { NatsLink } from '../../../../lib/topic/brokers/nats/nats-link.js';
import { readStream, type StoredMessage } from '../../../../lib/topic/brokers/nats/stream-reader.js';

/** A message as a consumer sends it: its offset, its number among those of the consumer, and how many come behind it. */
type Sent = readonly [offset: number, count: number, pending: number];
/** That for a second no message was sent. */
type Heartbeat = 'heartbeat';

/** The subjects of acknowledgements, of servers that there are and of newer ones. */
const FORMS: readonly [string, (...sent: Sent) => string][] = [
  ['of old', (offset, count, pending) => `$JS.ACK.stream.consumer.1.${offset}.${count}.1700000000.${pending}`],
  [
    'new',
    (offset, count, pending) => `$JS.ACK.hub.ACCOUNT.stream.consumer.1.${offset}.${count}.1700000000.${pending}.x`,
  ],
];

/** Reads messages 3 to 9, of which these come. */
async function read(
  subjectOf: (...sent: Sent) => string,
  sent: readonly (Sent | Heartbeat)[],
): Promise<StoredMessage[]> {
  let receive: (message: Msg) => void;
  const link = {
    inbox: () => 'inbox',
    listen: (_: string, callback: typeof receive) => {
      receive = callback;
      return { unsubscribe: () => undefined };
    },
  };
  const consumers = {
    add: async () => {
      for (const each of sent) {
        const message =
          each === 'heartbeat'
            ? { headers: { code: 100 } }
            : { reply: subjectOf(...each), string: () => `at ${each[0]}`, respond: () => true };
        receive(message as unknown as Msg);
      }
      return { name: 'consumer', num_pending: sent.length };
    },
    delete: async () => true,
  };
  const reading = { stream: 'stream', subject: 'subject', from: 3, to: 9 };
  return readStream(link as unknown as NatsLink, { consumers } as unknown as JetStreamManager, reading);
}

describe.each(FORMS)('readStream, by subjects %s,', (_, subjectOf) => {
  it('reads up to the last one that is wanted, though more was published meanwhile', async () => {
    const messages = await read(subjectOf, [
      [3, 1, 2],
      [7, 2, 1],
      [12, 3, 0],
    ]);
    expect(messages).toEqual([
      { offset: 3, text: 'at 3' },
      { offset: 7, text: 'at 7' },
    ]);
  });

  it('goes on where the server waited for what is only now read', async () => {
    const messages = await read(subjectOf, [[3, 1, 2], 'heartbeat', [7, 2, 1], 'heartbeat', [9, 3, 0]]);
    expect(messages.map(({ offset }) => offset)).toEqual([3, 7, 9]);
  });

  it('fails where one of them did not come', async () => {
    const reading = read(subjectOf, [
      [3, 1, 2],
      [9, 3, 0],
    ]);
    await expect(reading).rejects.toThrow(BrokerUnavailableError);
    await expect(reading).rejects.toThrow('lost on its way');
  });
});
