// Many connections, opened some at a time so that no listening queue overflows.

import { LoadConnection } from './load-connection.mjs';

const AT_A_TIME = 100;

export async function openConnections(server, count) {
  const clients = [];
  while (clients.length < count) {
    const few = Array.from({ length: Math.min(AT_A_TIME, count - clients.length) }, () => new LoadConnection(server));
    await Promise.all(few.map((client) => client.open()));
    clients.push(...few);
  }
  return clients;
}
