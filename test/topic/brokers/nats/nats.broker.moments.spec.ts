// What happens to NATS, or to the stream, in the very moment in which a broker asks for something: its question waits at a proxy
// meanwhile.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { BrokerClosedError, BrokerUnavailableError, type History } from '../../../../lib/topic/broker.js';
import { NatsBroker } from '../../../../lib/topic/brokers/nats/nats.broker.js';
import type { NatsBrokerOptions } from '../../../../lib/topic/brokers/nats/nats-options.js';
import type { Position } from '../../../../lib/topic/position.js';
import { encodeBody, encodeMessage } from '../../../../lib/topic/topic-message.js';
import { describeWithNats, NatsServer } from '../../../support/nats-server.js';
import { TcpProxy } from '../../../support/tcp-proxy.js';
import { TopicNode } from '../topic-node.js';

const STREAM = 'nestwire';
const SUBJECT = 'nestwire.topic.t-room';

/** What a broker sends where it reads history. */
const ASKS_FOR_READING = '$JS.API.CONSUMER.CREATE.';
const ASKS_FOR_A_MESSAGE = `$JS.API.STREAM.MSG.GET.${STREAM}`;
const ASKS_FOR_THE_STREAM = `$JS.API.STREAM.INFO.${STREAM}`;
const PING = 'PING\r\n';

describeWithNats('in the moment in which NatsBroker', () => {
  let server: NatsServer;
  let proxy: TcpProxy;
  let nodes: TopicNode[];
  let outsider: NatsConnection;
  let manager: JetStreamManager;

  beforeEach(async () => {
    server = await NatsServer.start();
    proxy = await TcpProxy.to(server.port);
    outsider = await connect({ servers: server.url });
    manager = await jetstreamManager(outsider);
    nodes = [];
  });
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await outsider.close();
    await proxy.close();
    await server.close();
  });

  /** A node behind the proxy. */
  async function start(options: Partial<NatsBrokerOptions> = {}): Promise<TopicNode> {
    const servers = `nats://127.0.0.1:${proxy.port}`;
    const reconnect = { reconnectTimeWait: 50, reconnectJitter: 10 };
    const node = await TopicNode.start(new NatsBroker({ servers, jetstream: true, ...reconnect, ...options }));
    nodes.push(node);
    return node;
  }

  describe('reads history', () => {
    let node: TopicNode;
    let first: Position;

    /** The topic has 1 to 3, and nobody is subscribed to it. */
    beforeEach(async () => {
      node = await start();
      first = (await node.publish('room', 1))!;
      for (const number of [2, 3]) await node.publish('room', number);
    });

    /** What came after the first message. */
    const history = (): Promise<History> => node.broker.history('room', first);

    it('and the stream is purged, it is not complete', async () => {
      const done = proxy.before(ASKS_FOR_READING, async () => void (await manager.streams.purge(STREAM)));
      expect(await history()).toMatchObject({ entries: [], isComplete: false });
      await done;
    });

    it('and the stream is purged in the middle of it, it is not complete, either', async () => {
      for (let number = 4; number <= 40; number++) await node.publish('room', number);
      const done = proxy.before('$JS.ACK.', async () => void (await manager.streams.purge(STREAM)));
      expect(await history()).toMatchObject({ entries: [], isComplete: false });
      await done;
    });

    it.each([
      ['before it has read', ASKS_FOR_READING],
      ['before it knows what there is', ASKS_FOR_A_MESSAGE],
    ])('and the stream is deleted, %s, it is not complete, and the epoch is another one', async (_, question) => {
      const done = proxy.before(question, async () => void (await manager.streams.delete(STREAM)));
      const { entries, isComplete, position } = await history();
      await done;
      expect({ entries, isComplete }).toEqual({ entries: [], isComplete: false });
      expect(position.epoch).not.toBe(first.epoch);
    });

    /** As somebody else sends it to where the broker reads, before the server has sent anything. */
    async function forge(reply?: string): Promise<void> {
      await proxy.before(ASKS_FOR_READING, async (request) => {
        const [, inbox] = /"deliver_subject":"([^"]+)"/.exec(request)!;
        const forged = encodeMessage({ body: encodeBody('count', 666) });
        outsider.publish(inbox!, forged, reply === undefined ? {} : { reply });
        await outsider.flush();
      });
    }

    it.each([undefined, 'somewhere', 'some.ACK'])(
      'and somebody else sends something to where it reads, with the reply subject %s, it is ignored',
      async (reply) => {
        const done = forge(reply);
        const { entries, isComplete } = await history();
        await done;
        expect(isComplete).toBe(true);
        expect(entries.map(({ message }) => message?.body)).toEqual([2, 3].map((each) => encodeBody('count', each)));
      },
    );
  });

  it('takes a message of somebody else without an id for what it is, and goes on with it when it comes back', async () => {
    const node = await start();
    const listener = await node.listen('room');
    outsider.publish(SUBJECT, encodeMessage({ body: encodeBody('count', 1) }));
    await listener.hears(1);
    const { epoch } = listener.position!;
    proxy.cut();
    await node.reaches('down');
    await node.reaches('up');
    await node.publish('room', 2);
    await listener.hears(2);
    expect(listener.told).toEqual(['subscribed', 1, 2]);
    expect(listener.position!.epoch).toBe(epoch);
  });

  it('has the connection again, and it is cut once more, everything is there the time after', async () => {
    const node = await start({ jetstream: false });
    const listener = await node.listen('room');
    await node.publish('room', 1);
    await listener.hears(1);
    proxy.cut();
    // The first one makes the connection, the second one asks whether the subscriptions are there.
    let cutAgain: Promise<void>;
    await proxy.before(PING, () => void (cutAgain = proxy.before(PING, () => proxy.cut())));
    await cutAgain!;
    await node.reaches('up');
    await listener.hears('gap');
    await node.publish('room', 2);
    await listener.hears(2);
    expect(node.failures).toEqual([]);
  });

  it('starts, and the connection is cut, it says that the stream could not be opened', async () => {
    const done = proxy.before(ASKS_FOR_THE_STREAM, () => proxy.cut());
    const error = await start().catch((error: unknown) => error);
    await done;
    expect(error).toBeInstanceOf(BrokerUnavailableError);
    expect(String(error)).toContain('did not open the stream "nestwire"');
    const node = await start();
    expect(await node.publish('room', 1)).toBeDefined();
  });

  it('was closed, it does not start', async () => {
    const broker = new NatsBroker({ servers: server.url });
    await broker.close();
    await expect(TopicNode.start(broker)).rejects.toThrow(BrokerClosedError);
  });
});
