// Every connection sends so many messages in one write, waits for all of their answers, and sends the next. The first answers
// are compared with what was sent, byte for byte; of all others the number and, where they are not compressed, the bytes.

import { buildMessages } from './messages.mjs';
import { openConnections } from './open-connections.mjs';
import { verifyAnswers } from './verify.mjs';
import { watchProgress } from './watch-progress.mjs';

export async function prepare({ server, connections, inFlight, message }) {
  const messages = buildMessages(message, server.dialect);
  const clients = await openConnections(server, connections);
  for (const client of clients) await verifyAnswers(client, messages);
  const batches = batchesOf(messages, inFlight);
  const bytesEach = message.isCompressed ? undefined : messages[0].payload.length;
  return {
    round: async (durationMs) => {
      const before = totalBytes(clients);
      const answered = await round(clients, batches, inFlight, durationMs);
      const bytes = totalBytes(clients) - before;
      if (bytesEach !== undefined && bytes !== answered * bytesEach)
        throw new Error(`${answered} answers of ${bytes} bytes`);
      return answered;
    },
  };
}

const totalBytes = (clients) => clients.reduce((sum, { reader }) => sum + reader.payloadBytes, 0);

/** As many batches as there are messages, so that each comes as often as every other. */
function batchesOf(messages, inFlight) {
  return messages.map((_, first) =>
    Buffer.concat(Array.from({ length: inFlight }, (_, i) => messages[(first + i) % messages.length].bytes)),
  );
}

/** @returns {Promise<number>} the number of answers */
function round(clients, batches, inFlight, durationMs) {
  let answered = 0;
  let busy = clients.length;
  const deadline = performance.now() + durationMs;
  return new Promise((resolve, reject) => {
    const stopWatching = watchProgress(() => answered, reject);
    for (const [i, client] of clients.entries()) {
      let next = i % batches.length;
      let waiting = 0;
      const sendBatch = () => {
        waiting = inFlight;
        client.send(batches[next]);
        if (++next === batches.length) next = 0;
      };
      client.onLost = (reason) => reject(new Error(reason));
      client.onAnswers = (count) => {
        answered += count;
        waiting -= count;
        if (waiting < 0) reject(new Error('more answers than messages'));
        if (waiting > 0) return;
        if (performance.now() < deadline) sendBatch();
        else if (--busy === 0) {
          stopWatching();
          resolve(answered);
        }
      };
      sendBatch();
    }
  });
}
