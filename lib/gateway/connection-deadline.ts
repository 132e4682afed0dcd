// The time from a TCP connection to its first request or upgrade: a peer that connects and says nothing, or a header line a
// minute, is cut off at the limit. Node's own limits begin later and are longer.

import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Watches the connections of an HTTP or HTTPS server.
 * @returns what stops the watching
 */
export function limitTimeToFirstRequest(server: Server, timeoutMs: number): () => void {
  if (timeoutMs === 0) return () => undefined;
  const timers = new Map<unknown, NodeJS.Timeout>();
  const stop = (socket: Socket): void => {
    clearTimeout(timers.get(keyOf(socket)));
    timers.delete(keyOf(socket));
  };
  const connected = (socket: Socket): void => {
    const key = keyOf(socket);
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    timers.set(key, timer.unref());
    socket.once('close', () => {
      // The address may have been given to a newer connection since.
      if (timers.get(key) === timer) timers.delete(key);
      clearTimeout(timer);
    });
  };
  const requested = (request: IncomingMessage): void => stop(request.socket);
  server.on('connection', connected);
  server.on('request', requested);
  server.on('upgrade', requested);
  return () => {
    server.off('connection', connected);
    server.off('request', requested);
    server.off('upgrade', requested);
    for (const timer of timers.values()) clearTimeout(timer);
  };
}

/** A TLS socket and the TCP socket below it are two objects with one address; local sockets have none, and no TLS. */
function keyOf(socket: Socket): unknown {
  return socket.remotePort === undefined ? socket : `${socket.remoteAddress} ${socket.remotePort}`;
}
