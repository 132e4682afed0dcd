// Both ends of a TCP connection: the peer's is a socket, ours is in the hands of a connection that is not started yet.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type Overrides, RecordedConnection } from './recorded-connection.js';

export interface TcpPair {
  readonly peer: Socket;
  readonly recorded: RecordedConnection<Socket>;
  /** Of our end. */
  readonly ended: Promise<void>;
}

export async function tcpPair(overrides?: Overrides): Promise<TcpPair> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const peer = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  peer.on('error', () => undefined).resume();
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(peer, 'connect')])) as [[Socket], unknown];
  server.close();
  const recorded = new RecordedConnection(socket, overrides);
  return { peer, recorded, ended: recorded.tells('close') };
}
