import type { Buffer } from 'node:buffer';
import { describe } from '@jest/globals';
import { WebSocket } from 'ws';
import { OrderedConversation } from '../conversation.js';
import { messageOf, type Order, piecesOf, type Report } from '../order.js';
import { inProcess, type Peer } from '../peer.js';

export const wsPeer: Peer = {
  name: 'ws',
  answersClose: 'the same',
  abilities: ['fragments', 'ping', 'any-code', 'no-code', 'reason', 'inflate', 'deflate'],
  describe,
  start: inProcess(carryOut),
};

function carryOut(order: Order): Promise<Report> {
  const socket = new WebSocket(order.url, [...order.subprotocols], { perMessageDeflate: { threshold: 0 } });
  const conversation = new OrderedConversation(order, {
    send: () => {
      const pieces = piecesOf(messageOf(order.message!), order.message!.fragments);
      for (const [i, piece] of pieces.entries()) socket.send(piece, { fin: i === pieces.length - 1 });
    },
    ping: (payload) => socket.ping(payload),
    close: (code, reason) => socket.close(code, reason),
  });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => conversation.opened(socket.protocol));
    socket.on('message', (data: Buffer, isBinary) => conversation.received(isBinary ? data : data.toString()));
    socket.on('pong', (data) => conversation.ponged(data.toString()));
    socket.on('close', (code, reason) => resolve(conversation.closed(code, reason.toString())));
  });
}
