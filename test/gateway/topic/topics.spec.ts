// Topics as an application uses them, over the real wire in memory.
import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import {
  SubscribeTopic,
  type SubscribedTopic,
  TopicParam,
  Topics,
  TopicsModule,
  WireSocket,
} from '../../../lib/index.js';
import { useKitApp } from '../../support/kit-app.js';

@Injectable()
class Doors {
  readonly asked: unknown[] = [];
}

@WebSocketGateway({ path: '/rooms' })
class RoomGateway {
  constructor(
    private readonly topics: Topics,
    private readonly doors: Doors,
  ) {}

  @SubscribeTopic('room/:id')
  join(@TopicParam('id') id: string, @MessageBody() asked: SubscribedTopic) {
    this.doors.asked.push(asked);
    if (id === 'closed') throw new WsException({ status: 403, code: 'CLOSED', message: 'Not today.' });
    return { seat: id };
  }

  @SubscribeMessage('enter')
  async enter(@MessageBody() topic: string, @ConnectedSocket() socket: WireSocket) {
    await socket.subscribe(topic);
    return [...this.topics.of(socket)];
  }

  @SubscribeMessage('leave')
  leave(@MessageBody() topic: string, @ConnectedSocket() socket: WireSocket) {
    socket.unsubscribe(topic);
    return socket.getTopics();
  }

  @SubscribeMessage('tell')
  tell(@MessageBody() { topic, text }: { topic: string; text: string }, @ConnectedSocket() socket: WireSocket) {
    return socket.publish(topic, 'told', text);
  }
}

describe('topics', () => {
  const app = useKitApp({ imports: [TopicsModule], providers: [RoomGateway, Doors] });

  it('sends what is published to whoever the application has subscribed', async () => {
    const [ada, bob] = [await app.current.connect('/rooms'), await app.current.connect('/rooms')];
    expect(await ada.request('enter', 'news')).toEqual(['news']);
    expect(await bob.request('enter', 'news')).toEqual(['news']);
    await app.current.get(Topics).publish('news', 'headline', { text: 'Grüße' });
    expect(await ada.next('headline')).toEqual({ text: 'Grüße' });
    expect(await bob.next('headline')).toEqual({ text: 'Grüße' });
  });

  it('leaves out who publishes', async () => {
    const [ada, bob] = [await app.current.connect('/rooms'), await app.current.connect('/rooms')];
    await ada.request('enter', 'chat');
    await bob.request('enter', 'chat');
    await ada.request('tell', { topic: 'chat', text: 'hello' });
    expect(await bob.next('told')).toBe('hello');
    await bob.request('tell', { topic: 'chat', text: 'back' });
    expect(await ada.next('told')).toBe('back');
  });
});
