// So many connections, each of which has had a few echoes and then says nothing more.

import { buildMessages } from './messages.mjs';
import { openConnections } from './open-connections.mjs';
import { verifyAnswers } from './verify.mjs';

const AT_A_TIME = 100;

export async function prepare({ server, message, echoes }) {
  const messages = Array(echoes).fill(buildMessages(message, server.dialect)[0]);
  let clients = [];
  return {
    open: async (count) => {
      clients = await openConnections(server, count);
      for (let i = 0; i < count; i += AT_A_TIME) {
        await Promise.all(clients.slice(i, i + AT_A_TIME).map((client) => verifyOneByOne(client, messages)));
      }
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

async function verifyOneByOne(client, messages) {
  for (const message of messages) await verifyAnswers(client, [message]);
}
