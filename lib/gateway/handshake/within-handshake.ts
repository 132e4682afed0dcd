// The time in which the application may think about a handshake: until the limit, until the peer has left, or until the
// server begins to close, whichever comes first. What is thought afterwards counts for nothing.

import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Refusal } from '../../handshake/refusal.js';

/** The peer has left. */
export const PEER_GONE = Symbol('peer gone');
/** The server has begun to close. */
export const SERVER_CLOSING = Symbol('server closing');

const TOO_LATE: Refusal = { status: 503, message: 'The handshake took too long.' };

/**
 * @param server says that it begins to close by `closing`
 * @param timeoutMs in milliseconds; 0 for no limit
 * @throws what `think` throws in time
 */
export async function withinHandshake<T>(
  socket: Duplex,
  server: EventEmitter,
  timeoutMs: number,
  think: () => Promise<T>,
): Promise<T | Refusal | typeof PEER_GONE | typeof SERVER_CLOSING> {
  let timer: NodeJS.Timeout | undefined;
  let gone!: () => void;
  let closing!: () => void;
  const interrupted = new Promise<Refusal | typeof PEER_GONE | typeof SERVER_CLOSING>((resolve) => {
    if (timeoutMs > 0) timer = setTimeout(resolve, timeoutMs, TOO_LATE);
    gone = () => resolve(PEER_GONE);
    closing = () => resolve(SERVER_CLOSING);
  });
  socket.once('end', gone).once('close', gone);
  server.setMaxListeners(server.getMaxListeners() + 1).once('closing', closing);
  try {
    return await Promise.race([interrupted, think()]);
  } finally {
    clearTimeout(timer);
    socket.off('end', gone).off('close', gone);
    server.off('closing', closing).setMaxListeners(server.getMaxListeners() - 1);
  }
}
