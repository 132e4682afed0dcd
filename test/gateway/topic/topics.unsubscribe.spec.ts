// The application ends a client's subscriptions from outside of its gateways.

import { expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Topics, TopicsModule, type WireSocket } from '../../../lib/index.js';
import { useKitApp } from '../../support/kit-app.js';

@WebSocketGateway()
class RoomGateway {
  readonly clients: WireSocket[] = [];

  @SubscribeMessage('enter')
  async enter(@MessageBody() topic: string, @ConnectedSocket() socket: WireSocket): Promise<void> {
    this.clients.push(socket);
    await socket.subscribe(topic);
  }
}

const app = useKitApp({ imports: [TopicsModule], providers: [RoomGateway] });

it('Topics.unsubscribe ends one client’s subscription to one topic', async () => {
  const [ada, bob] = [await app.current.connect(), await app.current.connect()];
  for (const client of [ada, bob]) for (const topic of ['news', 'sport']) await client.request('enter', topic);
  const topics = app.current.get(Topics);
  topics.unsubscribe(app.current.get(RoomGateway).clients[0]!, 'news');
  expect(topics.size('news')).toBe(1);
  for (const topic of ['news', 'sport']) await topics.publish(topic, 'told', topic);
  expect(await bob.nextMessage()).toBe('{"event":"told","data":"news"}');
  for (const client of [ada, bob]) expect(await client.nextMessage()).toBe('{"event":"told","data":"sport"}');
});
