// What every server does with a message, whatever its engine: a listener of `message` for each application, for sockets that
// have the interface of `ws`. `event` is what a gateway does, written by hand for engines without Nest.

export const BROADCAST_BYTES = 64;
export const BROADCAST_TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(2).slice(0, BROADCAST_BYTES);
/** What an event to a topic carries, and its JSON: 100 B. */
export const TOPIC_DATA = BROADCAST_TEXT.padEnd(74, '.');
export const TOPIC_TEXT = JSON.stringify({ event: 'text', data: TOPIC_DATA });
/** What is sent to readers that do not read. */
export const FLOOD_MESSAGE_BYTES = 64 * 1024;

/** For each application, makes the listener of a socket. */
const LISTENERS = {
  /** What came goes back. */
  echo: (socket) => (data, isBinary) => socket.send(data, { binary: isBinary }),
  /** An event is answered with the same event. */
  event: (socket) => (data) => socket.send(answerEvent(data)),
  /** A number comes, and so many messages go to everybody. */
  broadcast: (_socket, clients) => (data) => {
    const messages = Number(data);
    for (let i = 0; i < messages; i++) for (const client of clients) client.send(BROADCAST_TEXT);
  },
  /** A number comes, and so many events go to everybody. */
  topic: (_socket, clients) => (data) => {
    const messages = Number(data);
    for (let i = 0; i < messages; i++) for (const client of clients) client.send(TOPIC_TEXT);
  },
  /** A number comes, and so many messages go to everybody else, one in each turn; then an answer says that all were sent. */
  flood: (socket, clients) => async (data) => {
    const others = [...clients].filter((client) => client !== socket);
    await flood(Number(data), (message) => {
      for (const client of others) if (client.readyState === socket.OPEN) client.send(message);
    });
    socket.send('sent');
  },
};

export function listenerFor(application, socket, clients) {
  return LISTENERS[application](socket, clients);
}

/** The answer to a JSON event, as text. */
export function answerEvent(text) {
  const { event, data } = JSON.parse(text);
  if (event !== 'echo') throw new Error(`no such event: ${event}`);
  return JSON.stringify({ event, data });
}

/** Each message is another buffer, filled, so that the system gives it memory. */
export async function flood(messages, send) {
  for (let i = 0; i < messages; i++) {
    send(Buffer.alloc(FLOOD_MESSAGE_BYTES, i & 0xff));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
