// Sends a refusal and ends the connection so that the peer can read it: what it still sends is read and dropped, since
// closing a socket with unread bytes would make TCP discard the answer.

import type { Duplex } from 'node:stream';

/** @param timeoutMs how long the peer may take to close its side; 0 for no limit */
export function refuseUpgrade(socket: Duplex, answer: Buffer, timeoutMs: number): void {
  if (socket.destroyed) return;
  socket.end(answer);
  socket.resume();
  if (timeoutMs === 0) return;
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  socket.once('close', () => clearTimeout(timer));
}
