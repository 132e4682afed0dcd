// What a spec learns of a topic that its client has subscribed to: where it stands, what comes, what was missed, how it ends.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocketGateway, WsException } from '@nestjs/websockets';
import {
  type BrokerSink,
  MemoryBroker,
  SubscribeTopic,
  TopicParam,
  Topics,
  TopicsModule,
  type WireSocket,
} from '../../lib/index.js';
import type { ReceivedMessage, TestClient, TopicStream } from '../../lib/testing/index.js';
import { useKitApp } from '../support/kit-app.js';

@WebSocketGateway()
class RoomGateway {
  newest!: WireSocket;

  handleConnection(socket: WireSocket) {
    this.newest = socket;
  }

  @SubscribeTopic('room/:id')
  join(@TopicParam('id') id: string) {
    if (id === 'closed') throw new WsException({ status: 410, code: 'CLOSED', message: 'Not today.' });
  }
}

/** What it brings can be made unreadable. */
class GarblingBroker extends MemoryBroker {
  isGarbling = false;

  override start(sink: BrokerSink): Promise<void> {
    return super.start({
      deliver: (topic, entry) => sink.deliver(topic, this.isGarbling ? { ...entry, message: undefined } : entry),
      interrupted: (topic) => sink.interrupted(topic),
      membersOf: (topic) => sink.membersOf(topic),
      failed: (what, error) => sink.failed(what, error),
    });
  }
}

async function take(room: TopicStream, count: number): Promise<ReceivedMessage[]> {
  const messages: ReceivedMessage[] = [];
  while (messages.length < count) messages.push((await room.next()).value!);
  return messages;
}

describe('with history', () => {
  const app = useKitApp({ imports: [TopicsModule], providers: [RoomGateway] });
  let topics: Topics;
  let client: TestClient;

  beforeEach(async () => {
    topics = app.current.get(Topics);
    client = await app.current.connect();
  });

  it('says where it begins, and up to where its messages were taken', async () => {
    await topics.publish('room/1', 'before');
    const room = await client.subscribe('room/1');
    expect(room.position).toEqual({ epoch: expect.any(String), offset: 1 });
    expect(room.recovered).toBe(false);
    await topics.publish('room/1', 'said', { text: 'hello' });
    await topics.publish('room/1', 'silence');
    await client.roundTrip();
    const { epoch } = room.position!;
    const hello = { event: 'said', data: { text: 'hello' }, offset: 2 };
    expect(room.waiting).toEqual([hello, { event: 'silence', data: undefined, offset: 3 }]);
    expect(await room.next()).toEqual({ done: false, value: hello });
    expect(room.position).toEqual({ epoch, offset: 2 });
    expect(client.waiting).toEqual([]);
  });

  it('recovers from the position of an earlier one', async () => {
    const room = await client.subscribe('room/2');
    await topics.publish('room/2', 'one');
    await take(room, 1);
    client.terminate();
    await expect(room.next()).rejects.toThrow('expected a message of "room/2", but the connection was closed');
    await topics.publish('room/2', 'two');
    const again = await (await app.current.connect()).subscribe('room/2', { recover: room.position });
    await topics.publish('room/2', 'three');
    expect(again.recovered).toBe(true);
    expect((await take(again, 2)).map(({ event }) => event)).toEqual(['two', 'three']);
    expect(again.gaps).toEqual([]);
    await expect(client.subscribe('room/2')).rejects.toThrow('the connection is closed: nothing can be sent');
  });

  it('does not recover from where nothing is known of', async () => {
    const room = await client.subscribe('room/3', { recover: { epoch: 'another', offset: 0 } });
    expect(room.recovered).toBe(false);
  });

  it('is cancelled by leaving the loop', async () => {
    const room = await client.subscribe('room/4');
    await topics.publish('room/4', 'said');
    for await (const { event } of room) {
      expect(event).toBe('said');
      break;
    }
    await client.roundTrip();
    expect(topics.size('room/4')).toBe(0);
    expect(await room.next()).toEqual({ done: true, value: undefined });
  });

  it('ends when the application ends it, behind what came before', async () => {
    const room = await client.subscribe('room/5');
    await topics.publish('room/5', 'last');
    app.current.get(RoomGateway).newest.unsubscribe('room/5');
    const events: string[] = [];
    for await (const { event } of room) events.push(event);
    expect(events).toEqual(['last']);
  });

  it.each([
    ['room/closed', '"room/closed" was answered with 410 CLOSED: Not today.', { status: 410, code: 'CLOSED' }],
    ['hall', '"hall" was answered with 404 UNKNOWN_TOPIC', { status: 404 }],
  ])('that is refused rejects with the error: %s', async (topic, message, body) => {
    const refused = client.subscribe(topic);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toMatchObject({ name: 'RequestFailedError', body });
  });
});

describe('a gap', () => {
  const broker = new GarblingBroker();
  const app = useKitApp({ imports: [TopicsModule.forRoot({ broker })], providers: [RoomGateway] });

  it('is told of where it is, and the position goes on behind it', async () => {
    const topics = app.current.get(Topics);
    const client = await app.current.connect();
    const room = await client.subscribe('room/1');
    const { epoch } = room.position!;
    await topics.publish('room/1', 'one');
    broker.isGarbling = true;
    await topics.publish('room/1', 'two');
    broker.isGarbling = false;
    await topics.publish('room/1', 'three');
    expect((await take(room, 1))[0]).toMatchObject({ event: 'one', offset: 1 });
    expect(room.position).toEqual({ epoch, offset: 1 });
    expect((await take(room, 1))[0]).toMatchObject({ event: 'three', offset: 3 });
    expect(room.gaps).toEqual([{ epoch, offset: 2 }]);
    expect(room.position).toEqual({ epoch, offset: 3 });
  });
});

describe('without history', () => {
  const broker = new MemoryBroker({ history: false });
  const app = useKitApp({ imports: [TopicsModule.forRoot({ broker })], providers: [RoomGateway] });

  it('there are messages, and no positions', async () => {
    const room = await (await app.current.connect()).subscribe('room/1');
    await app.current.get(Topics).publish('room/1', 'said', 1);
    expect(await take(room, 1)).toEqual([{ event: 'said', data: 1, offset: undefined }]);
    expect([room.position, room.recovered]).toEqual([undefined, false]);
  });
});
