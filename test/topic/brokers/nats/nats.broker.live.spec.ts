// What may come on a topic's subject, without JetStream, that this version of the library has not published.

import { expect, it } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import { NatsBroker } from '../../../../lib/topic/brokers/nats/nats.broker.js';
import { describeWithNats, NatsServer } from '../../../support/nats-server.js';
import { TopicNode } from '../topic-node.js';

const SUBJECT = 'nestwire.topic.t-room';

describeWithNats('NatsBroker without JetStream', () => {
  it.each([
    ['garbage', new Uint8Array([0xff, 0x00, 0xfe])],
    ['nothing', new Uint8Array(0)],
    ['a message of a version to come', new TextEncoder().encode('nestwire/2 {}\n{"event":"e","data":1}')],
  ])('tells of %s as of a message that is missing, logs it, and goes on', async (_, payload) => {
    const server = await NatsServer.start();
    const outsider = await connect({ servers: server.url });
    const node = await TopicNode.start(new NatsBroker({ servers: server.url }));
    try {
      const listener = await node.listen('room');
      await node.publish('room', 1);
      await listener.hears(1);
      outsider.publish(SUBJECT, payload);
      await listener.hears('gap');
      await node.publish('room', 2);
      await listener.hears(2);
      expect(listener.told).toEqual(['subscribed', 1, 'gap', 2]);
      expect(node.failures).toEqual([expect.stringContaining('"room"')]);
    } finally {
      await node.close();
      await outsider.close();
      await server.close();
    }
  });
});
