// A WebSocket that asks one thing at a time and several: answers find their request by its id. It does not come back by
// itself; a refused one would be refused again.

const OPEN = 1;

export class ControlSocket {
  /** Resolves with whether the server has let it in. */
  opened;
  /** Resolves with `code` and `reason`. */
  closed;
  #socket;
  #sent;
  #requests = new Map();
  #lastId = 0;

  /** @param watcher is told of each message: `sent(text)`, `received(text, message)` */
  constructor(url, subprotocols, { sent, received }) {
    this.#socket = new WebSocket(url, subprotocols);
    this.#sent = sent;
    this.opened = new Promise((resolve) => {
      this.#socket.addEventListener('open', () => resolve(true));
      this.#socket.addEventListener('close', () => resolve(false));
    });
    this.closed = new Promise((resolve) => {
      this.#socket.addEventListener('close', ({ code, reason }) => {
        for (const id of this.#requests.keys()) this.#fail(id, { message: 'The connection was lost.' });
        resolve({ code, reason });
      });
    });
    this.#socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data);
      received(data, message);
      this.#receive(message);
    });
  }

  ask(event, data) {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      this.#requests.set(id, { resolve, reject });
      if (this.#socket.readyState !== OPEN) return this.#fail(id, { message: 'The connection is closed.' });
      const text = JSON.stringify({ id, event, data });
      this.#sent(text);
      return this.#socket.send(text);
    });
  }

  close() {
    this.#socket.close(1000);
  }

  #receive({ id, type, data, error }) {
    if (type === 'next') this.#requests.get(id)?.resolve(data);
    else if (type === 'error') this.#fail(id, error);
    if (type !== 'next') this.#requests.delete(id);
  }

  #fail(id, error) {
    this.#requests.get(id)?.reject(error);
    this.#requests.delete(id);
  }
}
