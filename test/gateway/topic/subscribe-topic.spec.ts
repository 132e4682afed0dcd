// Clients that subscribe by themselves (docs/protocol.md, "Topics"), behind handlers of @SubscribeTopic().
import { describe, expect, it } from '@jest/globals';
import { type CanActivate, type ExecutionContext, ParseIntPipe, UseGuards } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import {
  MemoryBroker,
  SubscribeTopic,
  type SubscribedTopic,
  TopicParam,
  type TopicParams,
  Topics,
  TopicsModule,
  type WireSocket,
} from '../../../lib/index.js';
import type { TestClient } from '../../../lib/testing/index.js';
import { Inbox } from '../../support/bounded-wait.js';
import { useKitApp } from '../../support/kit-app.js';

class NotTheSecretOne implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToWs().getData<SubscribedTopic>().params['id'] !== 'secret';
  }
}

const asked = new Inbox<SubscribedTopic>('a request');
let gate: PromiseWithResolvers<void> | undefined;
/** Handlers that wait for their gates. */
let atWork = 0;

@WebSocketGateway({ path: '/rooms', limits: { maxTopics: 4, maxStreams: 2 } })
class RoomGateway {
  @SubscribeTopic('room/lobby')
  lobby() {
    return { seat: 'lobby' };
  }

  @SubscribeTopic('room/:id')
  @UseGuards(NotTheSecretOne)
  join(@TopicParam('id') id: string, @TopicParam() all: TopicParams, @MessageBody() request: SubscribedTopic) {
    asked.push(request);
    if (id === 'closed') throw new WsException({ status: 410, code: 'CLOSED', message: 'Not today.' });
    return { seat: all['id'] };
  }

  @SubscribeTopic('number/:n')
  number(@TopicParam('n', ParseIntPipe) n: number) {
    return n;
  }

  @SubscribeTopic('slow')
  async slow(@ConnectedSocket() _socket: WireSocket) {
    gate = promiseWithResolvers();
    atWork++;
    await gate.promise;
    atWork--;
  }

  @SubscribeMessage('kick')
  kick(@MessageBody() topic: string, @ConnectedSocket() socket: WireSocket) {
    socket.unsubscribe(topic);
  }
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

function promiseWithResolvers(): PromiseWithResolvers<void> {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

describe('a client that subscribes to a topic', () => {
  const app = useKitApp({ imports: [TopicsModule], providers: [RoomGateway] });
  const topics = (): Topics => app.current.get(Topics);
  const connect = (): Promise<TestClient> => app.current.connect('/rooms');
  const say = (client: TestClient, message: object): void => client.sendText(JSON.stringify(message));
  const hear = async (client: TestClient): Promise<Record<string, unknown>> =>
    JSON.parse((await client.nextMessage()) as string) as Record<string, unknown>;

  it('is told where it stands, and gets what is published until it cancels', async () => {
    const client = await connect();
    say(client, { id: 't1', type: 'subscribe', topic: 'room/7' });
    const subscribed = await hear(client);
    expect(subscribed).toEqual({
      id: 't1',
      type: 'subscribed',
      offset: 0,
      epoch: expect.any(String),
      recovered: false,
    });
    expect(await asked.next()).toEqual({ topic: 'room/7', params: { id: '7' } });
    await topics().publish('room/7', 'said', { text: 'hello' });
    expect(await client.nextMessage()).toBe(
      '{"id":"t1","type":"next","event":"said","data":{"text":"hello"},"offset":1}',
    );
    say(client, { id: 't1', type: 'cancel' });
    await client.roundTrip();
    expect(topics().size('room/7')).toBe(0);
    await topics().publish('room/7', 'said', { text: 'nobody hears it' });
    await client.roundTrip();
    expect(client.waiting).toEqual([]);
  });

  it('gets what it missed when it comes back, exactly once and in order', async () => {
    const before = await connect();
    say(before, { id: 1, type: 'subscribe', topic: 'room/back' });
    const { epoch } = await hear(before);
    await topics().publish('room/back', 'one');
    expect(await hear(before)).toEqual({ id: 1, type: 'next', event: 'one', offset: 1 });
    await before.close();
    await topics().publish('room/back', 'two');
    await topics().publish('room/back', 'three');
    const after = await connect();
    say(after, { id: 2, type: 'subscribe', topic: 'room/back', recover: { offset: 1, epoch } });
    expect(await hear(after)).toEqual({ id: 2, type: 'subscribed', offset: 1, epoch, recovered: true });
    await topics().publish('room/back', 'four');
    expect([await hear(after), await hear(after), await hear(after)]).toEqual([
      { id: 2, type: 'next', event: 'two', offset: 2 },
      { id: 2, type: 'next', event: 'three', offset: 3 },
      { id: 2, type: 'next', event: 'four', offset: 4 },
    ]);
    expect(after.waiting).toEqual([]);
  });

  it.each([
    ['an epoch that is over', { offset: 0, epoch: 'long ago' }],
    ['an offset that never was', { offset: 1_000, epoch: undefined }],
  ])('is told when it cannot have what it missed: %s', async (_what, { offset, epoch }) => {
    const client = await connect();
    say(client, { id: 0, type: 'subscribe', topic: 'room/gone' });
    const present = await hear(client);
    say(client, {
      id: 1,
      type: 'subscribe',
      topic: 'room/gone',
      recover: { offset, epoch: epoch ?? present['epoch'] },
    });
    expect(await hear(client)).toEqual({ ...present, id: 1, recovered: false });
  });

  it('may have one topic under two ids', async () => {
    const client = await connect();
    say(client, { id: 'a', type: 'subscribe', topic: 'room/twice' });
    say(client, { id: 'b', type: 'subscribe', topic: 'room/twice' });
    expect([(await hear(client))['id'], (await hear(client))['id']]).toEqual(['a', 'b']);
    await topics().publish('room/twice', 'said');
    expect([(await hear(client))['id'], (await hear(client))['id']]).toEqual(['a', 'b']);
    expect(topics().size('room/twice')).toBe(1);
  });

  it.each([
    ['unknown to every gateway', 'hall/7', 404, 'UNKNOWN_TOPIC', 'There is no such topic to subscribe to.'],
    ['more than its pattern', 'room/7/8', 404, 'UNKNOWN_TOPIC', 'There is no such topic to subscribe to.'],
    ['a guard refuses', 'room/secret', 403, 'FORBIDDEN', 'Forbidden resource'],
    ['the handler refuses', 'room/closed', 410, 'CLOSED', 'Not today.'],
    ['a pipe refuses', 'number/x', 400, 'BAD_REQUEST', 'Validation failed (numeric string is expected)'],
    ['named as no topic can be', `room/${'x'.repeat(20_000)}`, 400, 'BAD_REQUEST', expect.stringContaining('16384')],
  ])('is refused a topic that is %s', async (_what, topic, status, code, message) => {
    const client = await connect();
    say(client, { id: 9, type: 'subscribe', topic });
    expect(await hear(client)).toEqual({ id: 9, type: 'error', error: { status, code, message } });
    expect(topics().size(topic)).toBe(0);
    // The id is free again.
    say(client, { id: 9, type: 'subscribe', topic: 'room/lobby' });
    expect(await hear(client)).toMatchObject({ id: 9, type: 'subscribed' });
  });

  it.each([
    [{ topic: 5 }, 'topic is not a string.'],
    [{ topic: 'room/lobby', recover: 1 }, 'recover is not an offset'],
    [{ topic: 'room/lobby', recover: { offset: -1, epoch: 'e' } }, 'recover is not an offset'],
    [{ topic: 'room/lobby', recover: { offset: 1 } }, 'recover is not an offset'],
  ])('is told what is wrong with %j', async (fields, message) => {
    const client = await connect();
    say(client, { id: 1, type: 'subscribe', ...fields });
    const expected = { status: 400, code: 'BAD_REQUEST', message: expect.stringContaining(message) };
    expect(await hear(client)).toEqual({ id: 1, type: 'error', error: expected });
  });

  it('cannot take an id twice', async () => {
    const client = await connect();
    say(client, { id: 1, type: 'subscribe', topic: 'room/lobby' });
    await hear(client);
    say(client, { id: 1, type: 'subscribe', topic: 'room/lobby' });
    expect(await hear(client)).toMatchObject({ id: 1, type: 'error', error: { code: 'DUPLICATE_ID' } });
    say(client, { id: 1, event: 'kick', data: 'nothing' });
    expect(await hear(client)).toMatchObject({ id: 1, type: 'error', error: { code: 'DUPLICATE_ID' } });
    await topics().publish('room/lobby', 'still here');
    expect(await hear(client)).toMatchObject({ id: 1, type: 'next', event: 'still here' });
  });

  it('has a limit of its own, and none by the number of requests', async () => {
    const client = await connect();
    for (let id = 1; id <= 5; id++) say(client, { id, type: 'subscribe', topic: `room/${id}` });
    const heard = [];
    for (let i = 1; i <= 5; i++) heard.push(await hear(client));
    const byId = heard.sort((one, other) => Number(one['id']) - Number(other['id']));
    expect(byId.map(({ type }) => type)).toEqual(['subscribed', 'subscribed', 'subscribed', 'subscribed', 'error']);
    expect(byId[4]).toMatchObject({ error: { status: 429, code: 'TOO_MANY_TOPICS' } });
  });

  it('may cancel before it is subscribed', async () => {
    const client = await connect();
    say(client, { id: 1, type: 'subscribe', topic: 'slow' });
    await client.roundTrip();
    say(client, { id: 1, type: 'cancel' });
    await client.roundTrip();
    gate!.resolve();
    await client.roundTrip();
    expect([client.waiting, topics().size('slow')]).toEqual([[], 0]);
  });

  it('has no more handlers at work by giving up', async () => {
    const client = await connect();
    const before = atWork;
    const gates = [];
    for (let id = 1; id <= 10; id++) {
      say(client, { id, type: 'subscribe', topic: 'slow' });
      await client.roundTrip();
      gates.push(gate!);
      say(client, { id, type: 'cancel' });
    }
    await client.roundTrip();
    expect(atWork - before).toBe(4);
    expect(client.waiting).toHaveLength(6);
    for (let id = 5; id <= 10; id++)
      expect(await hear(client)).toMatchObject({ id, error: { code: 'TOO_MANY_TOPICS' } });
    for (const { resolve } of gates) resolve();
    await client.roundTrip();
    for (let id = 1; id <= 4; id++) say(client, { id, type: 'subscribe', topic: 'room/lobby' });
    for (let id = 1; id <= 4; id++) expect(await hear(client)).toMatchObject({ id, type: 'subscribed' });
  });

  it('may leave before it is subscribed', async () => {
    const client = await connect();
    say(client, { id: 1, type: 'subscribe', topic: 'slow' });
    await client.roundTrip();
    await client.close();
    gate!.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(topics().size('slow')).toBe(0);
  });

  it('hears when the application ends its subscription', async () => {
    const client = await connect();
    say(client, { id: 1, type: 'subscribe', topic: 'room/kicked' });
    await hear(client);
    client.send('kick', 'room/kicked');
    expect(await hear(client)).toEqual({ id: 1, type: 'complete' });
    expect(topics().size('room/kicked')).toBe(0);
  });

  it('is there for everybody to see, as its handler says', async () => {
    const client = await connect();
    say(client, { id: 1, type: 'subscribe', topic: 'room/seen' });
    await hear(client);
    const { members } = await topics().presence('room/seen');
    expect(members).toEqual([{ id: expect.any(String), info: { seat: 'seen' } }]);
  });
});

describe('a client whose broker takes its time', () => {
  class SlowBroker extends MemoryBroker {
    readonly pending: (() => void)[] = [];

    override subscribe(topic: string): never {
      const position = super.subscribe(topic);
      return new Promise((resolve) => this.pending.push(() => resolve(position))) as never;
    }

    release(): void {
      for (const settle of this.pending.splice(0)) settle();
    }
  }

  const broker = new SlowBroker();
  const app = useKitApp({ imports: [TopicsModule.forRoot({ broker })], providers: [RoomGateway] });
  const ask = async (client: TestClient, messages: readonly object[]): Promise<void> => {
    for (const message of messages) client.sendText(JSON.stringify(message));
    await client.roundTrip();
  };
  const told = (client: TestClient): unknown[] =>
    client.waiting.map((text) => JSON.parse(text as string) as { type: unknown }).map(({ type }) => type);

  it('may have as many subscriptions under way as it may have', async () => {
    const client = await app.current.connect('/rooms');
    for (let id = 1; id <= 4; id++) await ask(client, [{ id, type: 'subscribe', topic: `room/${id}` }]);
    expect(told(client)).toEqual([]);
    await ask(client, [{ id: 5, type: 'subscribe', topic: 'room/5' }]);
    expect(told(client)).toEqual(['error']);
    broker.release();
    await client.roundTrip();
    expect(told(client)).toEqual(['error', 'subscribed', 'subscribed', 'subscribed', 'subscribed']);
  });

  it('may not have more by giving up', async () => {
    const client = await app.current.connect('/rooms');
    for (let id = 1; id <= 20; id++) {
      await ask(client, [
        { id, type: 'subscribe', topic: `room/${id}` },
        { id, type: 'cancel' },
      ]);
    }
    expect(broker.pending.length).toBeLessThanOrEqual(4);
    broker.release();
    await client.roundTrip();
    await ask(client, [{ id: 'again', type: 'subscribe', topic: 'room/again' }]);
    broker.release();
    await client.roundTrip();
    expect(told(client).at(-1)).toBe('subscribed');
  });

  it('is told of an error once, and is not subscribed then', async () => {
    const client = await app.current.connect('/rooms');
    await ask(client, [{ id: 1, type: 'subscribe', topic: 'room/wrong' }]);
    await ask(client, [{ id: 1, type: 'next', data: 'none was asked for' }]);
    broker.release();
    await client.roundTrip();
    expect(told(client)).toEqual(['error']);
    expect(app.current.get(Topics).size('room/wrong')).toBe(0);
  });
});

describe('a pattern that cannot be meant', () => {
  it.each([[''], ['room/:'], ['room/{'], [5 as unknown as string]])('%p is refused where it stands', (pattern) => {
    expect(() => SubscribeTopic(pattern)).toThrow(TypeError);
  });
});
