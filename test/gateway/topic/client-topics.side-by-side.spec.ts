// The topics of one client: those that the application has subscribed it to and those that it has subscribed to itself, side by side;
// and what becomes of them when it has left.

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { SubscribeTopic, type TopicChange, Topics, TopicsModule, type WireSocket } from '../../../lib/index.js';
import type { TestClient } from '../../../lib/testing/index.js';
import { Inbox } from '../../support/bounded-wait.js';
import { useKitApp } from '../../support/kit-app.js';

const sockets = new Inbox<WireSocket>('a client');
const left = new Inbox<WireSocket>('a client that has left');

@WebSocketGateway()
class RoomGateway {
  handleConnection(socket: WireSocket): void {
    sockets.push(socket);
  }

  handleDisconnect(socket: WireSocket): void {
    left.push(socket);
  }

  @SubscribeTopic('room/:id')
  room(): void {
    // Everybody may.
  }
}

const app = useKitApp({ imports: [TopicsModule], providers: [RoomGateway] });

describe('a client', () => {
  let topics: Topics;
  let client: TestClient;
  let socket: WireSocket;

  beforeEach(async () => {
    topics = app.current.get(Topics);
    client = await app.current.connect();
    socket = await sockets.next();
  });
  afterEach(async () => {
    client.terminate();
    await left.next();
  });

  it('has each topic once, and is a member until the last of its subscriptions ends', async () => {
    const changes: TopicChange[] = [];
    const watching = topics.membership('room/1').subscribe((change) => changes.push(change));
    await topics.subscribe(socket, 'room/1');
    const [first, second] = [await client.subscribe('room/1'), await client.subscribe('room/1')];
    const other = await client.subscribe('room/2');
    expect(topics.of(socket)).toEqual(new Set(['room/1', 'room/2']));
    expect(topics.size('room/1')).toBe(1);

    await first.return();
    await client.roundTrip();
    expect(changes.map(({ type }) => type)).toEqual(['join']);
    topics.unsubscribe(socket, 'room/1');
    expect(changes.map(({ type }) => type)).toEqual(['join', 'leave']);
    // It is told that what it asked for has ended, and nothing else has.
    expect(await second.next()).toEqual({ done: true, value: undefined });
    expect(socket.getTopics()).toEqual(['room/2']);
    await topics.publish('room/2', 'told', 2);
    expect(await other.next()).toMatchObject({ value: { event: 'told', data: 2 } });
    watching.unsubscribe();
  });

  it('stays a member of what it asked for twice when one of the two ends', async () => {
    const changes: TopicChange[] = [];
    const watching = topics.membership().subscribe((change) => changes.push(change));
    const [first, second] = [await client.subscribe('room/3'), await client.subscribe('room/3')];
    await second.return();
    await client.roundTrip();
    expect(topics.size('room/3')).toBe(1);
    await first.return();
    await client.roundTrip();
    expect(topics.size('room/3')).toBe(0);
    expect(changes.map(({ type }) => type)).toEqual(['join', 'leave']);
    watching.unsubscribe();
  });

  it('gets a topic that others are unsubscribed from', async () => {
    const other = await app.current.connect();
    const its = await sockets.next();
    for (const each of [socket, its]) await topics.subscribe(each, 'news');
    topics.unsubscribe(its, 'news');
    await topics.publish('news', 'told', 1);
    expect(await client.next('told')).toBe(1);
    await other.roundTrip();
    expect(other.waiting).toEqual([]);
    other.terminate();
    await left.next();
  });
});

it('a client that has left is subscribed to nothing any more', async () => {
  const client = await app.current.connect();
  const socket = await sockets.next();
  client.terminate();
  await left.next();
  expect(socket.leaving.aborted).toBe(true);
  expect(socket.getTopics()).toEqual([]);
  const topics = app.current.get(Topics);
  await topics.subscribe(socket, 'news');
  expect(topics.size('news')).toBe(0);
  expect(socket.getTopics()).toEqual([]);
});
