// Sends the clients of one path away: idle ones at once or spread over a while, the others as soon as their requests are
// answered. What still runs near the end of the time is cancelled, and who is still there at the end is cut off. The
// disconnect hooks of everyone have run when it is done.

import { hooksOf } from '../binding/running-hooks.js';
import type { ResolvedPathOptions } from '../options/path-options.js';
import type { WireSocket } from '../socket/wire-socket.js';

/** The server of a path, as far as it is drained. */
interface Drained {
  readonly clients: Iterable<WireSocket>;
  readonly options: ResolvedPathOptions;
}

/** The time kept for the closing handshakes of those who were still at work: this much, or a share of a short drain. */
const CLOSING_MS = 1_000;
const CLOSING_SHARE = 4;

const REASON = 'The server is shutting down';

export async function drain(server: Drained): Promise<void> {
  const { timeoutMs, spreadMs } = server.options.drain;
  const clients = [...server.clients];
  const timers: NodeJS.Timeout[] = [];
  const at = (ms: number, action: () => void): unknown => timers.push(setTimeout(action, ms));

  const ends = clients.map((client) => new Promise((resolve) => client.once('close', resolve)));
  clients.forEach((client, index) => {
    const delayMs = (spreadMs * index) / clients.length;
    if (delayMs === 0) void sendAway(client);
    else at(delayMs, () => void sendAway(client));
  });
  const deadline = new Promise<void>((resolve) => {
    if (timeoutMs === 0) return;
    at(timeoutMs - Math.min(CLOSING_MS, timeoutMs / CLOSING_SHARE), () => clients.forEach(close));
    at(timeoutMs, () => {
      for (const client of clients) client.terminate();
      resolve();
    });
  });

  await Promise.all(ends);
  await Promise.race([hooksOf(server), deadline]);
  timers.forEach(clearTimeout);
}

/** Closes a client behind the answers to what it has asked, what waits for its connecting included. */
async function sendAway(client: WireSocket): Promise<void> {
  await client.afterConnecting(() => undefined);
  await client.work?.drain();
  close(client);
}

/** What still runs for the client stops with the closing handshake. */
function close(client: WireSocket): void {
  // One that is not read from would never be seen to answer.
  client.resume();
  client.close(client.options.drain.closeCode, REASON);
}
