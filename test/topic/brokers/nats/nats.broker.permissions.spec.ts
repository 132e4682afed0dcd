// The permissions that docs/brokers.md says a user of NATS needs: with them everything works, and without one of them something does
// not.

import { afterEach, describe, expect, it } from '@jest/globals';
import { NatsBroker } from '../../../../lib/topic/brokers/nats/nats.broker.js';
import { describeWithNats, NatsServer } from '../../../support/nats-server.js';
import { TopicNode } from '../topic-node.js';

type Permission = readonly ['publish' | 'subscribe', string];

const LIVE_ONLY: readonly Permission[] = [
  ['publish', 'nestwire.>'],
  ['subscribe', 'nestwire.>'],
];
const WITH_JETSTREAM: readonly Permission[] = [
  ...LIVE_ONLY,
  ['subscribe', '_INBOX.>'],
  ['subscribe', '$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED.nestwire'],
  ['publish', '$JS.API.>'],
  ['publish', '$JS.ACK.>'],
];

describeWithNats('a user of NATS with just the permissions that are needed', () => {
  let server: NatsServer;
  let nodes: TopicNode[];

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await server.close();
  });

  async function serve(permissions: readonly Permission[]): Promise<void> {
    nodes = [];
    const allowed = (action: string): string => {
      const subjects = permissions.filter(([each]) => each === action).map(([, subject]) => `"${subject}"`);
      // An empty list would allow everything.
      return `${action}: ${subjects.length > 0 ? `{ allow: [${subjects.join()}] }` : '{ deny: ">" }'}`;
    };
    const user = `{ user: ada, password: a, permissions: { ${allowed('publish')}, ${allowed('subscribe')} } }`;
    server = await NatsServer.start({ settings: `authorization: { users: [${user}] }\n` });
  }

  async function start(jetstream: boolean): Promise<TopicNode> {
    const node = await TopicNode.start(new NatsBroker({ servers: server.url, user: 'ada', pass: 'a', jetstream }));
    nodes.push(node);
    return node;
  }

  /** Everything that a broker does, on two nodes. */
  async function expectAll(jetstream: boolean): Promise<void> {
    const [node, other] = [await start(jetstream), await start(jetstream)];
    const listener = await node.listen('room');
    const before = listener.position;
    await other.publish('room', 1);
    await other.publish('room', 2);
    await listener.hears(2);
    const back = await other.listen('room', before);
    expect(back.told).toEqual(jetstream ? ['recovered', 1, 2] : ['subscribed']);
    const { members, isComplete } = await node.broker.presence('room');
    expect(members).toHaveLength(2);
    expect(isComplete).toBe(true);
    expect([...node.failures, ...other.failures]).toEqual([]);
  }

  describe.each([
    ['live only', false, LIVE_ONLY],
    ['with JetStream', true, WITH_JETSTREAM],
  ])('%s', (_, jetstream, needed) => {
    it('publishes, subscribes, recovers and knows who is there', async () => {
      await serve(needed);
      await expectAll(jetstream);
    });

    it.each(needed)('needs to %s %s', async (action, subject) => {
      await serve(needed.filter((each) => each[0] !== action || each[1] !== subject));
      await expect(expectAll(jetstream)).rejects.toThrow(/permission/i);
    });
  });
});
