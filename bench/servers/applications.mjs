// What every server does with a message, whatever its engine: one function for each application, given how the engine sends.
// `event` is what a gateway does, written by hand for engines without Nest.

/** `echo` sends back what came; `event` answers {event, data} with the same; `broadcast` sends to everybody. */
export const APPLICATIONS = ['echo', 'event', 'broadcast'];

export const BROADCAST_BYTES = 64;
export const BROADCAST_TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(2).slice(0, BROADCAST_BYTES);

/** The answer to a JSON event, as text. */
export function answerEvent(text) {
  const { event, data } = JSON.parse(text);
  if (event !== 'echo') throw new Error(`no such event: ${event}`);
  return JSON.stringify({ event, data });
}

/** Makes the listener of `message` for sockets that have the interface of `ws`. */
export function listenerFor(application, clients) {
  if (application === 'echo') return (socket) => (data, isBinary) => socket.send(data, { binary: isBinary });
  if (application === 'event') return (socket) => (data) => socket.send(answerEvent(data));
  return () => (data) => {
    const messages = Number(data);
    for (let i = 0; i < messages; i++) for (const client of clients) client.send(BROADCAST_TEXT);
  };
}
