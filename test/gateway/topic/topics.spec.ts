// Topics as applications use them: subscribed from the server, published to, observed.
import { describe, expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import {
  BrokerClosedError,
  MemoryBroker,
  type PublishedMessage,
  type TopicChange,
  TopicNameError,
  Topics,
  TopicsModule,
  type WireServer,
  type WireSocket,
} from '../../../lib/index.js';
import { lastValueFrom, type Observable } from 'rxjs';
import type { TestClient } from '../../../lib/testing/index.js';
import { Inbox } from '../../support/bounded-wait.js';
import { startKitApp, useKitApp } from '../../support/kit-app.js';

@WebSocketGateway({ path: '/rooms', limits: { maxTopics: 3 } })
class RoomGateway {
  @WebSocketServer() server!: WireServer;
  /** The client that came last. */
  newest!: WireSocket;

  handleConnection(socket: WireSocket) {
    this.newest = socket;
  }

  @SubscribeMessage('enter')
  async enter(@MessageBody() topic: string, @ConnectedSocket() socket: WireSocket) {
    await socket.subscribe(topic);
    return socket.getTopics();
  }

  @SubscribeMessage('leave')
  leave(@MessageBody() topic: string, @ConnectedSocket() socket: WireSocket) {
    socket.unsubscribe(topic);
    return socket.getTopics();
  }

  @SubscribeMessage('tell')
  async tell(@MessageBody() { topic, text }: { topic: string; text: string }, @ConnectedSocket() socket: WireSocket) {
    const position = await socket.publish(topic, 'told', text);
    return position?.offset;
  }
}

describe('topics', () => {
  const app = useKitApp({ imports: [TopicsModule], providers: [RoomGateway] });
  const connect = (): Promise<TestClient> => app.current.connect('/rooms');
  const topics = (): Topics => app.current.get(Topics);
  const newest = (): WireSocket => app.current.get(RoomGateway).newest;

  it('sends what is published to whoever is subscribed, and to nobody else', async () => {
    const [ada, bob, eve] = [await connect(), await connect(), await connect()];
    expect(await ada.request('enter', 'news')).toEqual(['news']);
    expect(await bob.request('enter', 'news')).toEqual(['news']);
    await topics().publish('news', 'headline', { text: 'Grüße' });
    expect(await ada.nextMessage()).toBe('{"event":"headline","data":{"text":"Grüße"}}');
    expect(await bob.next('headline')).toEqual({ text: 'Grüße' });
    await eve.roundTrip();
    expect(eve.waiting).toEqual([]);
  });

  it('leaves out the socket that publishes', async () => {
    const [ada, bob] = [await connect(), await connect()];
    await ada.request('enter', 'chat');
    await bob.request('enter', 'chat');
    expect(await ada.request('tell', { topic: 'chat', text: 'hello' })).toBe(1);
    expect(await bob.next('told')).toBe('hello');
    expect(await bob.request('tell', { topic: 'chat', text: 'back' })).toBe(2);
    expect(await ada.next('told')).toBe('back');
    await bob.roundTrip();
    expect([...ada.waiting, ...bob.waiting]).toEqual([]);
  });

  it('leaves out whom except() names', async () => {
    const ada = await connect();
    const adaServed = newest();
    const bob = await connect();
    const bobServed = newest();
    await Promise.all([adaServed, bobServed].map((socket) => topics().subscribe(socket, 'few')));
    await topics().except(adaServed).publish('few', 'first');
    await topics().except(adaServed, bobServed).publish('few', 'second');
    await topics().publish('few', 'third');
    expect(await bob.nextMessage()).toBe('{"event":"first"}');
    expect(await bob.nextMessage()).toBe('{"event":"third"}');
    expect(await ada.nextMessage()).toBe('{"event":"third"}');
  });

  it('publishes from the server, too', async () => {
    const ada = await connect();
    await ada.request('enter', 'server');
    await app.current.get(RoomGateway).server.publish('server', 'hello', 1);
    expect(await ada.next('hello')).toBe(1);
  });

  it('knows who is where', async () => {
    const ada = await connect();
    await ada.request('enter', 'here');
    await ada.request('enter', 'there');
    const socket = newest();
    expect(topics().of(socket)).toEqual(new Set(['here', 'there']));
    expect([topics().size('here'), topics().size('nowhere')]).toEqual([1, 0]);
    expect(topics().names).toEqual(expect.arrayContaining(['here', 'there']));
    expect(await ada.request('leave', 'here')).toEqual(['there']);
    expect(topics().size('here')).toBe(0);
    await topics().publish('here', 'nobody hears it');
    await ada.roundTrip();
    expect(ada.waiting).toEqual([]);
  });

  it('lets go of everything of a client that leaves', async () => {
    const ada = await connect();
    await ada.request('enter', 'left');
    const socket = newest();
    await ada.close();
    expect(topics().size('left')).toBe(0);
    expect(topics().names).not.toContain('left');
    await socket.subscribe('left');
    expect([socket.getTopics(), topics().size('left')]).toEqual([[], 0]);
  });

  it('has a limit for each client', async () => {
    const ada = await connect();
    for (const topic of ['a', 'b', 'c', 'c']) await ada.request('enter', topic);
    await expect(ada.request('enter', 'd')).rejects.toMatchObject({
      body: {
        status: 429,
        code: 'TOO_MANY_TOPICS',
        message: 'A client may be subscribed to 3 topics at a time (limits.maxTopics).',
      },
    });
    await ada.request('leave', 'a');
    expect(await ada.request('enter', 'd')).toEqual(['b', 'c', 'd']);
  });

  it('gives the application the messages of a topic', async () => {
    const inbox = new Inbox<PublishedMessage>('a message');
    const subscription = topics()
      .messages('watched')
      .subscribe((message) => inbox.push(message));
    const position = await topics().publish('watched', 'seen', [1]);
    expect(await inbox.next()).toEqual({ topic: 'watched', event: 'seen', data: [1], position, isAfterGap: false });
    expect(topics().size('watched')).toBe(0);
    subscription.unsubscribe();
    expect(topics().names).not.toContain('watched');
  });

  it('tells who comes and goes', async () => {
    const changes: TopicChange[] = [];
    const subscription = topics()
      .membership('door')
      .subscribe((change) => changes.push(change));
    const ada = await connect();
    const client = newest();
    await client.subscribe('door', { name: 'Ada' });
    await client.subscribe('other door');
    expect(await topics().presence('door')).toEqual({
      members: [{ id: expect.any(String), info: { name: 'Ada' } }],
      isComplete: true,
    });
    await ada.close();
    const info = { name: 'Ada' };
    expect(changes).toEqual([
      { type: 'join', topic: 'door', client, info },
      { type: 'leave', topic: 'door', client, info },
    ]);
    expect(await topics().presence('door')).toEqual({ members: [], isComplete: true });
    subscription.unsubscribe();
  });

  it('tells whoever subscribes while it is being subscribed when that is done', async () => {
    const ada = await connect();
    const client = newest();
    await Promise.all([client.subscribe('once'), client.subscribe('once')]);
    await topics().publish('once', 'told');
    await ada.roundTrip();
    expect(ada.waiting).toEqual(['{"event":"told"}']);
  });

  it('lets the application finish the message that it sends in fragments', async () => {
    const ada = await connect();
    const client = newest();
    await client.subscribe('between');
    client.send('one ', { fin: false });
    await topics().publish('between', 'told', 1);
    client.send('two ', { fin: false });
    client.send('three');
    await topics().publish('between', 'told', 2);
    expect([await ada.nextMessage(), await ada.nextMessage(), await ada.nextMessage()]).toEqual([
      'one two three',
      '{"event":"told","data":1}',
      '{"event":"told","data":2}',
    ]);
  });

  it('has no names on clients that a gateway could want for its own', async () => {
    const ada = await connect();
    const socket = newest();
    const names = ['topics', 'rooms', 'room', 'id', 'info', 'channels', 'subscriptions', 'member', 'hub', 'place'];
    // Also behind the back of a subscription that stands.
    await ada.request('enter', 'before');
    for (const name of names) Reflect.set(socket, name, `a ${name} of mine`);
    expect(names.map((name) => Reflect.get(socket, name) as unknown)).toEqual(names.map((name) => `a ${name} of mine`));
    expect(await ada.request('enter', 'named')).toEqual(['before', 'named']);
    await topics().except().publish('named', 'told', 1);
    await topics().publish('before', 'told', 2);
    expect([await ada.next('told'), await ada.next('told')]).toEqual([1, 2]);
    expect(await ada.request('tell', { topic: 'named', text: 'to nobody' })).toBe(2);
    expect(topics().of(socket)).toEqual(new Set(['before', 'named']));
    expect((await topics().presence('named')).members).toEqual([{ id: expect.any(String) }]);
    expect(await ada.request('leave', 'named')).toEqual(['before']);
    expect(ada.waiting).toEqual([]);
    await ada.close();
    expect(topics().names).not.toContain('before');
  });

  it('ends no process where nobody waits for a subscription that fails', async () => {
    const ada = await connect();
    void newest().subscribe('');
    for (const topic of ['a', 'b', 'c', 'd', 'e']) void newest().subscribe(topic);
    expect(await ada.request('leave', 'e')).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['no name', '', TopicNameError],
    ['no text', 5 as unknown as string, TopicNameError],
    ['half a character', '\ud800', TopicNameError],
    ['17 KB', 'x'.repeat(17_000), TopicNameError],
  ])('refuses a topic of %s', async (_what, topic, error) => {
    await expect(topics().publish(topic, 'event')).rejects.toBeInstanceOf(error);
    await expect(topics().presence(topic)).rejects.toBeInstanceOf(error);
  });

  it.each([
    ['a circle', 'event', circle()],
    ['a bigint', 'event', 1n],
    ['no event', undefined as unknown as string, 1],
  ])('refuses to publish %s', async (_what, event, data) => {
    await expect(topics().publish('topic', event, data)).rejects.toBeInstanceOf(TypeError);
  });

  it('ends no process where nobody waits for a publish that fails', async () => {
    void topics().publish('', 'event');
    const ada = await connect();
    expect(await ada.request('enter', 'alive')).toEqual(['alive']);
  });
});

describe('topics without their module', () => {
  const app = useKitApp({ providers: [RoomGateway] });

  it("are the adapter's own, of one process", async () => {
    const ada = await app.current.connect('/rooms');
    await ada.request('enter', 'news');
    await app.current.adapter.topics.publish('news', 'headline', 1);
    expect(await ada.next('headline')).toBe(1);
  });
});

describe('TopicsModule', () => {
  it('takes its options from configuration', async () => {
    const useFactory = async () => ({ broker: new MemoryBroker({ history: false }) });
    const app = await startKitApp({ imports: [TopicsModule.forRootAsync({ useFactory })], providers: [RoomGateway] });
    expect(await app.get(Topics).publish('news', 'headline')).toBeUndefined();
    await app.close();
    await expect(app.get(Topics).publish('news', 'headline')).rejects.toBeInstanceOf(BrokerClosedError);
  });

  it('completes what it gives the application when that ends', async () => {
    const app = await startKitApp({ imports: [TopicsModule], providers: [RoomGateway] });
    const told: unknown[] = [];
    const watch = (observable: Observable<unknown>): void =>
      void observable.subscribe({ complete: () => told.push('end') });
    watch(app.get(Topics).messages('news'));
    watch(app.get(Topics).membership());
    watch(app.get(Topics).status);
    await app.close();
    expect(told).toEqual(['end', 'end', 'end']);
    const late = lastValueFrom(app.get(Topics).messages('news'));
    await expect(late).rejects.toBeInstanceOf(BrokerClosedError);
  });

  it.each([
    [{ brokers: 1 }, '"TopicsModule" must be an object with any of broker, publishTimeoutMs'],
    [{ broker: {} }, '"TopicsModule broker" must be a Broker, such as new MemoryBroker()'],
    [{ publishTimeoutMs: 0 }, '"TopicsModule publishTimeoutMs" must be an integer from 1'],
  ])('refuses %j', async (options, message) => {
    const starting = startKitApp({ imports: [TopicsModule.forRoot(options as object)] });
    await expect(starting).rejects.toThrow(message);
  });
});

function circle(): unknown {
  const object: Record<string, unknown> = {};
  object['self'] = object;
  return object;
}
