import { Buffer } from 'node:buffer';
import { describe } from '@jest/globals';
import { WebSocket } from 'undici';
import { OrderedConversation } from '../conversation.js';
import { messageOf, type Order, type Report } from '../order.js';
import { inProcess, type Peer } from '../peer.js';

export const undiciPeer: Peer = {
  name: 'undici',
  answersClose: 'the code',
  abilities: ['no-code', 'reason', 'inflate'],
  describe,
  start: inProcess(carryOut),
};

function carryOut(order: Order): Promise<Report> {
  const socket = new WebSocket(order.url, [...order.subprotocols]);
  socket.binaryType = 'arraybuffer';
  const conversation = new OrderedConversation(order, {
    send: () => socket.send(messageOf(order.message!)),
    close: (code, reason) => socket.close(code, reason),
  });
  return new Promise((resolve, reject) => {
    socket.addEventListener('error', (event) => reject(event.error));
    socket.addEventListener('open', () => conversation.opened(socket.protocol));
    socket.addEventListener('message', ({ data }) => {
      conversation.received(typeof data === 'string' ? data : Buffer.from(data as ArrayBuffer));
    });
    socket.addEventListener('close', ({ code, reason }) => resolve(conversation.closed(code, reason)));
  });
}
