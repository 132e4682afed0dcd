import { describe } from '@jest/globals';
import websocket from 'websocket';
import { OrderedConversation } from '../conversation.js';
import { messageOf, type Order, type Report } from '../order.js';
import { inProcess, type Peer } from '../peer.js';

const LARGE = 1 << 24;

export const websocketPeer: Peer = {
  name: 'websocket',
  answersClose: '1000',
  abilities: ['fragments', 'ping', 'any-code', 'reason'],
  describe,
  start: inProcess(carryOut),
};

function carryOut(order: Order): Promise<Report> {
  const { message } = order;
  const fragments = message?.fragments ?? 1;
  const client = new websocket.client({
    fragmentOutgoingMessages: fragments > 1,
    fragmentationThreshold: fragments > 1 ? Math.ceil(messageOf(message!).length / fragments) : LARGE,
    maxReceivedFrameSize: LARGE,
    maxReceivedMessageSize: LARGE,
  });
  return new Promise((resolve, reject) => {
    client.on('connectFailed', reject);
    client.on('connect', (connection) => {
      const conversation = new OrderedConversation(order, {
        send: () => connection.send(messageOf(message!)),
        ping: (payload) => connection.ping(payload),
        close: (code, reason) => connection.close(code, reason),
      });
      connection.on('error', reject);
      connection.on('message', (data) => conversation.received(data.type === 'utf8' ? data.utf8Data : data.binaryData));
      connection.on('pong', (data) => conversation.ponged(data.toString()));
      connection.on('close', (code, reason) => resolve(conversation.closed(code, reason)));
      conversation.opened(connection.protocol ?? '');
    });
    client.connect(order.url, [...order.subprotocols]);
  });
}
