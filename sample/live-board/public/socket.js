// One WebSocket, many requests. Each has an id, its answers are a stream, and it can be stopped. The connection comes back
// by itself, the streams that are meant to last are asked for again, and topics go on where they were. Copy this file: it
// needs nothing else.
//
//   const live = new LiveSocket('wss://example.org/live');
//   const ticks = live.stream('ticks', { symbol: 'A' }, { next: show, error: complain }, { resume: true });
//   ticks.cancel();
//   const room = live.subscribe('room/7', { subscribed: ({ recovered }) => …, next: (data, event) => … });
//   const answer = await live.ask('greet', { name: 'Ada' });

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** A connection that lasted this long was a good one: the next wait is a short one again. */
const STEADY_MS = 5_000;
const PING_INTERVAL_MS = 5_000;

/**
 * Events: `state` for each change to connecting, live, waiting (for the next try) or offline (waiting, without a network);
 * `message` for what comes without an id; `round-trip` for each answered ping, in milliseconds.
 */
export class LiveSocket extends EventTarget {
  state = 'connecting';
  #url;
  #socket;
  #requests = new Map();
  #lastId = 0;
  #failures = 0;
  #retry;
  #pinging;
  #openedAt = 0;
  #heardAt = 0;
  #pingedAt = 0;

  constructor(url) {
    super();
    this.#url = url;
    addEventListener('online', () => this.connect());
    this.connect();
  }

  /** Connects now, where it would have waited. */
  connect() {
    if (this.#socket) return;
    clearTimeout(this.#retry);
    this.#socket = new WebSocket(this.#url);
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    this.#socket.onclose = (event) => this.#closed(event.code, event.reason);
    this.#tell('connecting');
  }

  /**
   * Asks for a stream. The observer's `next`, `complete`, `error` and `lost` (the connection, though the stream will go on)
   * are all optional. With `request`, so many values come, and more when `request` of the result asks for them.
   * @returns its id, and what can be done with it
   */
  stream(event, data, observer, { resume = false, request: credit } = {}) {
    return this.#begin({ message: { event, data, request: credit }, observer, resume });
  }

  /**
   * Subscribes to a topic, until it is cancelled. The observer's `next(data, event)` gets what is published, across reconnects
   * once and in order. `subscribed({ recovered })` comes before: where it says `false`, nothing is known of what was before, and
   * that is so at the beginning, and again whenever messages were missed that cannot be had any more. `error` and `lost` are as
   * for streams.
   */
  subscribe(topic, observer) {
    return this.#begin({ message: { type: 'subscribe', topic }, observer, resume: true });
  }

  /** Asks for one answer. */
  ask(event, data) {
    return new Promise((resolve, reject) => {
      this.stream(event, data, { next: resolve, complete: () => resolve(), error: reject });
    });
  }

  /** The event that a running request asked for. */
  eventOf(id) {
    return this.#requests.get(id)?.message.event;
  }

  sendBytes(bytes) {
    if (this.state === 'live') this.#socket.send(bytes);
  }

  /** Bytes that the browser still holds. */
  get bufferedAmount() {
    return this.#socket?.bufferedAmount ?? 0;
  }

  #begin(request) {
    const id = ++this.#lastId;
    this.#requests.set(id, request);
    const tell = (message) => {
      if (this.state === 'live') this.#socket.send(JSON.stringify({ ...message, id }));
    };
    tell(request.message);
    if (this.state !== 'live' && !request.resume) queueMicrotask(() => this.#fail(id, request));
    return {
      id,
      request: (n) => this.#requests.has(id) && tell({ type: 'request', n }),
      cancel: () => this.#requests.delete(id) && tell({ type: 'cancel' }),
    };
  }

  #opened() {
    this.#openedAt = this.#heardAt = performance.now();
    this.#pingedAt = 0;
    this.#pinging = setInterval(() => this.#ping(), PING_INTERVAL_MS);
    for (const [id, { message, position }] of this.#requests) {
      this.#socket.send(JSON.stringify({ ...message, id, recover: position }));
    }
    this.#tell('live');
    this.#ping();
  }

  #receive({ id, type, event, data, error, dropped, epoch, offset, recovered }) {
    this.#heardAt = performance.now();
    if (id === undefined) this.dispatchEvent(new CustomEvent('message', { detail: { event, data } }));
    const request = this.#requests.get(id);
    if (type === 'complete' || type === 'error') this.#requests.delete(id);
    // Where a topic goes on when the connection comes back.
    if (request && type === 'subscribed') request.position = epoch === undefined ? undefined : { epoch, offset };
    if (request?.position && offset !== undefined) request.position.offset = offset;
    if (type === 'next') request?.observer.next?.(data, event);
    else if (type === 'subscribed') request?.observer.subscribed?.({ recovered });
    else if (type === 'complete') request?.observer.complete?.({ dropped: dropped ?? 0 });
    else if (type === 'error') request?.observer.error?.(error);
  }

  #closed(code, reason) {
    clearInterval(this.#pinging);
    this.#socket = undefined;
    if (this.state === 'live' && performance.now() - this.#openedAt > STEADY_MS) this.#failures = 0;
    // Twice as long each time, and never all clients at once.
    const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures++) * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => this.connect(), delayMs);
    this.#tell(navigator.onLine ? 'waiting' : 'offline', { code, reason, delayMs });
    for (const [id, request] of this.#requests) {
      if (request.resume) request.observer.lost?.();
      else this.#fail(id, request);
    }
  }

  #fail(id, { observer }) {
    const message = 'The connection was lost before the answer came.';
    if (this.#requests.delete(id)) observer.error?.({ status: 503, code: 'CONNECTION_LOST', message });
  }

  /** Finds out what a browser does not tell: whether the other side is still there. */
  #ping() {
    if (this.#heardAt < this.#pingedAt) {
      this.#socket.onclose = this.#socket.onmessage = null;
      this.#socket.close();
      this.#closed(4000, 'No answer');
      return;
    }
    const pingedAt = (this.#pingedAt = performance.now());
    const next = () => this.dispatchEvent(new CustomEvent('round-trip', { detail: performance.now() - pingedAt }));
    this.stream('link.ping', undefined, { next });
  }

  #tell(state, detail = {}) {
    this.state = state;
    this.dispatchEvent(new CustomEvent('state', { detail: { state, ...detail } }));
  }
}
