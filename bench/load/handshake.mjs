// So many at a time open a connection, see the 101, close with 1000, and see the end of it. What is counted are connections.

import { LoadConnection } from './load-connection.mjs';

export async function prepare({ server, connections }) {
  return { round: (durationMs) => round(server, connections, durationMs) };
}

async function round(server, atATime, durationMs) {
  let connections = 0;
  const deadline = performance.now() + durationMs;
  const openAndClose = async () => {
    while (performance.now() < deadline) {
      const client = new LoadConnection(server);
      await client.open();
      await client.close();
      connections++;
    }
  };
  await Promise.all(Array.from({ length: atATime }, openAndClose));
  return connections;
}
