// The same gateways on several nodes that share one broker, with real servers behind it: what clients see of it, wherever they are.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { filter, firstValueFrom } from 'rxjs';
import {
  type Broker,
  BrokerUnavailableError,
  type Position,
  SubscribeTopic,
  Topics,
  TopicsModule,
  type WireSocket,
} from '../../lib/index.js';
import type { TestClient, TopicStream } from '../../lib/testing/index.js';
import { NatsBroker } from '../../lib/topic/brokers/nats/index.js';
import { RedisBroker } from '../../lib/topic/brokers/redis/index.js';
import { until, within } from '../support/bounded-wait.js';
import { type KitApp, startKitApp } from '../support/kit-app.js';
import { describeWithNats, NatsServer } from '../support/nats-server.js';
import { describeWithRedis, RedisServer } from '../support/redis-server.js';

const NODES = 3;
/** What waits for the broker fails soon enough for a test. */
const LIMITS = { publishTimeoutMs: 1_500, subscribeTimeoutMs: 1_500 };
const TOPIC_UNAVAILABLE = { status: 503, code: 'TOPIC_UNAVAILABLE' };
const OUTAGE_LIMIT_MS = 60_000;

@WebSocketGateway()
class RoomGateway {
  @SubscribeTopic('room/:id')
  join(@ConnectedSocket() socket: WireSocket) {
    return { name: socket.handshake.query.get('name') };
  }

  @SubscribeMessage('say')
  async say(@MessageBody() [topic, text]: [string, string], @ConnectedSocket() socket: WireSocket) {
    await socket.publish(topic, 'said', text);
  }
}

/** What stands behind all nodes. */
interface Backend {
  /** Whether it knows its topics when it is back. */
  readonly remembers: boolean;
  broker(): Broker;
  kill(): Promise<void>;
  restart(): Promise<void>;
  end(): Promise<void>;
}

describeWithRedis('topics over Redis', () => {
  describeTopics(async () => {
    const server = await RedisServer.begin();
    return {
      remembers: false,
      broker: () => new RedisBroker({ url: server.url, pingIntervalMs: 500, pingTimeoutMs: 1_000 }),
      kill: () => server.kill(),
      restart: () => server.start(),
      end: () => server.end(),
    };
  });
});

describeWithNats('topics over NATS with JetStream', () => {
  describeTopics(async () => {
    const server = await NatsServer.start();
    return {
      remembers: true,
      broker: () => new NatsBroker({ servers: server.url, jetstream: true }),
      kill: () => server.kill(),
      restart: () => server.run(),
      end: () => server.close(),
    };
  });
});

function describeTopics(begin: () => Promise<Backend>): void {
  let backend: Backend;
  let nodes: KitApp[];
  let room: string;
  let rooms = 0;

  beforeAll(async () => {
    backend = await begin();
    nodes = [];
    for (let i = 0; i < NODES; i++) {
      const topics = TopicsModule.forRoot({ broker: backend.broker(), ...LIMITS });
      nodes.push(await startKitApp({ imports: [topics], providers: [RoomGateway] }));
    }
  }, OUTAGE_LIMIT_MS);

  beforeEach(() => {
    room = `room/${++rooms}`;
  });

  afterEach(() => Promise.all(nodes.map((node) => node.dropClients())));

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await backend.end();
  }, OUTAGE_LIMIT_MS);

  const topicsOf = (node: number): Topics => nodes[node]!.get(Topics);
  const connect = (node: number, name = 'somebody'): Promise<TestClient> =>
    nodes[node]!.connect(`/?name=${name}`, { timeoutMs: 10_000 });

  it('brings to every node what one publishes, in one order and at one place', async () => {
    const streams: TopicStream[] = [];
    for (let node = 0; node < NODES; node++) streams.push(await (await connect(node)).subscribe(room));
    const publishing: Promise<Position | undefined>[] = [];
    for (let i = 0; i < 30; i++) publishing.push(topicsOf(i % NODES).publish(room, 'said', i));
    const published = await Promise.all(publishing);
    const heard = await Promise.all(streams.map((stream) => take(stream, 30)));
    for (const messages of heard) expect(messages).toEqual(heard[0]);
    for (const { data, offset } of heard[0]!) expect(published[data as number]!.offset).toBe(offset);
  });

  it("keeps a client's message from itself only", async () => {
    const [speaker, neighbour, far] = [await connect(0), await connect(0), await connect(1)];
    const streams: TopicStream[] = [];
    for (const client of [speaker, neighbour, far]) streams.push(await client.subscribe(room));
    await speaker.request('say', [room, 'to the others']);
    await topicsOf(2).publish(room, 'said', 'to all');
    const heard: unknown[] = [];
    for (const stream of streams.slice(1)) heard.push((await take(stream, 2)).map(({ data }) => data));
    expect(heard).toEqual([
      ['to the others', 'to all'],
      ['to the others', 'to all'],
    ]);
    expect((await take(streams[0]!, 1)).map(({ data }) => data)).toEqual(['to all']);
  });

  it('says on every node who is there on all of them', async () => {
    const [ada, bob] = [await connect(0, 'ada'), await connect(1, 'bob')];
    await ada.subscribe(room);
    const bobs = await bob.subscribe(room);
    for (let node = 0; node < NODES; node++) expect(await namesIn(node)).toEqual(['ada', 'bob']);
    await bobs.return();
    await bob.roundTrip();
    expect(await namesIn(2)).toEqual(['ada']);
  });

  it('gives a client on another node what it missed since it left the first', async () => {
    const client = await connect(0);
    const before = await client.subscribe(room);
    await topicsOf(1).publish(room, 'said', 1);
    await take(before, 1);
    client.terminate();
    await client.expectClose();
    for (let i = 2; i <= 5; i++) await topicsOf(0).publish(room, 'said', i);
    const after = await (await connect(2)).subscribe(room, { recover: before.position });
    await topicsOf(1).publish(room, 'said', 6);
    expect(after.recovered).toBe(true);
    expect((await take(after, 5)).map(({ data }) => data)).toEqual([2, 3, 4, 5, 6]);
  });

  it(
    'keeps its clients while the broker is away, and tells each of them what it cannot bring',
    async () => {
      const clients: TestClient[] = [];
      for (let i = 0; i < 2 * NODES; i++) clients.push(await connect(i % NODES));
      const streams = await Promise.all(clients.map((client) => client.subscribe(room)));
      const confirmed: Position[] = [];
      for (let i = 1; i <= 10; i++) confirmed.push((await topicsOf(0).publish(room, 'number', i))!);

      await backend.kill();
      const newcomer = await connect(1);
      await Promise.all([
        expect(topicsOf(0).publish(room, 'number', 11)).rejects.toBeInstanceOf(BrokerUnavailableError),
        expect(newcomer.subscribe(`${room}-new`)).rejects.toMatchObject({ body: TOPIC_UNAVAILABLE }),
      ]);
      await backend.restart();
      await Promise.all(nodes.map((_node, node) => isUp(node)));

      for (let i = 12; i <= 20; i++) confirmed.push((await topicsOf(1).publish(room, 'number', i))!);
      const end = (await topicsOf(2).publish(room, 'end'))!;
      for (const [i, stream] of streams.entries()) {
        await until(() => hasHeardOf(stream, end), `client ${i} to be told of everything`);
        expect(clients[i]!.readyState).toBe(1);
        const numbers = stream.waiting.flatMap(({ data }) => (typeof data === 'number' ? [data] : []));
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
        expect(stream.gaps.length === 0).toBe(backend.remembers);
        const offsets = stream.waiting.map(({ offset }) => offset);
        const due = confirmed.filter((position) => !isMissed(stream, position)).map(({ offset }) => offset);
        expect(offsets).toEqual(expect.arrayContaining(due));
      }
      const late = await newcomer.subscribe(room);
      await topicsOf(1).publish(room, 'end', 'once more');
      expect((await take(late, 1))[0]).toMatchObject({ data: 'once more' });
    },
    OUTAGE_LIMIT_MS,
  );

  async function namesIn(node: number): Promise<unknown[]> {
    const { members, isComplete } = await topicsOf(node).presence(room);
    expect(isComplete).toBe(true);
    return members.map(({ info }) => (info as { name: string }).name).sort();
  }

  async function isUp(node: number): Promise<void> {
    const up = firstValueFrom(topicsOf(node).status.pipe(filter((status) => status === 'up')));
    await within(up, `node ${node} to have its broker back`, OUTAGE_LIMIT_MS);
  }
}

/** Whether a client has the topic's last message, or was told that it missed it. */
function hasHeardOf(stream: TopicStream, end: Position): boolean {
  return stream.waiting.at(-1)?.event === 'end' || (isMissed(stream, end) && stream.gaps.at(-1)?.epoch === end.epoch);
}

/** Whether a client was told that it missed what stands there, or that an epoch has begun since. */
function isMissed(stream: TopicStream, { epoch, offset }: Position): boolean {
  const gap = stream.gaps.at(-1);
  return gap !== undefined && (gap.epoch !== epoch || gap.offset >= offset);
}

async function take(stream: TopicStream, count: number) {
  const messages = [];
  while (messages.length < count) messages.push((await stream.next()).value!);
  return messages;
}
