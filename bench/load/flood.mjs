// Readers that have stopped, and one connection that has the server send them more than any of them will ever read.

import { encodeText } from './messages.mjs';
import { openConnections } from './open-connections.mjs';

export async function prepare({ server, readers, messages }) {
  const members = await openConnections(server, readers);
  for (const member of members) {
    // A connection that is cut is what a limit does.
    member.onLost = () => {};
    member.stopReading();
  }
  const [asking] = await openConnections(server, 1);
  return {
    /** Resolves when the server has sent everything. */
    flood: async () => {
      const sent = asking.payloads(1);
      asking.send(encodeText(String(messages)));
      await sent;
    },
  };
}
