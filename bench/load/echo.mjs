// Every connection sends so many messages in one write, waits for all of their answers, and sends the next. The first answers
// are compared with what was sent, byte for byte; of the others the number.

import { LoadConnection } from './load-connection.mjs';
import { buildMessages } from './messages.mjs';
import { watchProgress } from './watch-progress.mjs';

export async function prepare({ server, connections, inFlight, message }) {
  const messages = buildMessages(message, server.dialect);
  const clients = Array.from({ length: connections }, () => new LoadConnection(server));
  await Promise.all(clients.map((client) => client.open()));
  for (const client of clients) await verify(client, messages);
  const batches = batchesOf(messages, inFlight);
  return { round: (durationMs) => round(clients, batches, inFlight, durationMs) };
}

async function verify(client, messages) {
  const answers = client.payloads(messages.length);
  client.send(Buffer.concat(messages.map(({ bytes }) => bytes)));
  for (const [i, answer] of (await answers).entries()) {
    if (!answer.equals(messages[i].payload)) throw new Error(`message ${i} was answered with another payload`);
  }
}

/** As many batches as there are messages, so that each comes as often as every other. */
function batchesOf(messages, inFlight) {
  return messages.map((_, first) =>
    Buffer.concat(Array.from({ length: inFlight }, (_, i) => messages[(first + i) % messages.length].bytes)),
  );
}

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
