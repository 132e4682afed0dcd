import { describe } from '@jest/globals';
import faye from 'faye-websocket';
import deflate from 'permessage-deflate';
import { OrderedConversation } from '../conversation.js';
import { messageOf, type Order, type Report } from '../order.js';
import { inProcess, type Peer } from '../peer.js';

export const fayePeer: Peer = {
  name: 'faye-websocket',
  answersClose: 'the same',
  abilities: ['ping', 'reason', 'inflate', 'deflate'],
  describe,
  start: inProcess(carryOut),
};

function carryOut(order: Order): Promise<Report> {
  const socket = new faye.Client(order.url, [...order.subprotocols], { extensions: [deflate] });
  const conversation = new OrderedConversation(order, {
    send: () => socket.send(messageOf(order.message!)),
    ping: (payload) => socket.ping(payload, () => conversation.ponged(payload)),
    close: (code, reason) => socket.close(code, reason),
  });
  return new Promise((resolve, reject) => {
    socket.on('error', (event) => reject(new Error(event.message)));
    socket.on('open', () => conversation.opened(socket.protocol));
    socket.on('message', ({ data }) => conversation.received(data));
    socket.on('close', ({ code, reason }) => resolve(conversation.closed(code, reason)));
  });
}
