// One connection has the server send so many messages to everybody, waits until all have come everywhere, and asks again.
// What is counted are the messages that arrive.

import { encodeText } from './messages.mjs';
import { openConnections } from './open-connections.mjs';
import { comparePayloads } from './verify.mjs';
import { watchProgress } from './watch-progress.mjs';

/** @param text what the server sends @param socketIoText what Socket.IO's event `text` carries, where that is not the same */
export async function prepare({ server, connections, burst, text, socketIoText = text }) {
  const members = await openConnections(server, connections);
  const isSocketIo = server.dialect === 'socket.io';
  const isEvent = server.dialect === 'event';
  const ask = encodeText(
    isSocketIo ? `42["broadcast",${burst}]` : isEvent ? `{"event":"broadcast","data":${burst}}` : String(burst),
  );
  const expected = Buffer.from(isSocketIo ? `42${JSON.stringify(['text', socketIoText])}` : text);
  await verify(members, ask, expected, burst);
  return {
    round: (durationMs) => round(members, ask, burst, durationMs),
    /** One burst. */
    once: () => round(members, ask, burst, 0),
  };
}

async function verify(members, ask, expected, burst) {
  const received = members.map((member) => member.payloads(burst));
  members[0].send(ask);
  for (const payloads of await Promise.all(received)) comparePayloads(payloads, Array(burst).fill(expected));
}

/** @returns {Promise<number>} the number of messages that have come */
function round(members, ask, burst, durationMs) {
  const each = members.length * burst;
  let received = 0;
  let asked = 0;
  const deadline = performance.now() + durationMs;
  return new Promise((resolve, reject) => {
    const stopWatching = watchProgress(() => received, reject);
    const askAgain = () => {
      asked += each;
      members[0].send(ask);
    };
    for (const member of members) {
      member.onLost = (reason) => reject(new Error(reason));
      member.onAnswers = (count) => {
        received += count;
        if (received < asked) return;
        if (performance.now() < deadline) askAgain();
        else {
          stopWatching();
          resolve(received);
        }
      };
    }
    askAgain();
  });
}
