// The streams of the page: each is started and stopped by a person, runs under a new id each time, and is in one list.

/** Events: `change` (detail: the stream) for each change of one of them, a further value included. */
export class Streams extends EventTarget {
  all = [];
  #live;

  constructor(live) {
    super();
    this.#live = live;
  }

  /**
   * A stream that does not run yet. The observer's `next`, `state`, `complete`, `error` and `cancelled` are all optional.
   * @param resume whether it is asked for again after a reconnect
   * @param once whether it leaves the list when it has ended
   */
  open(event, observer, { resume = true, once = false } = {}) {
    const announce = (stream) => {
      if (once && stream.state === 'stopped') this.all = this.all.filter((each) => each !== stream);
      this.dispatchEvent(new CustomEvent('change', { detail: stream }));
    };
    const stream = new Stream(this.#live, event, observer, { resume, announce });
    this.all.push(stream);
    return stream;
  }
}

class Stream {
  event;
  /** Or waiting, for its first value or the connection, or running. */
  state = 'stopped';
  /** Of the request that runs, or ran last. */
  id;
  received = 0;
  #live;
  #observer;
  #resume;
  #announce;
  #request;

  constructor(live, event, observer, { resume, announce }) {
    this.event = event;
    this.#live = live;
    this.#observer = observer;
    this.#resume = resume;
    this.#announce = announce;
  }

  /** @param request how many values may come, until `request(n)` asks for more; all, where it is left out */
  start(data, { request } = {}) {
    this.stop();
    const observer = {
      next: (value) => {
        this.received++;
        this.#setState('running');
        this.#observer.next?.(value);
      },
      lost: () => this.#setState('waiting'),
      complete: (ending) => this.#end('complete', ending),
      error: (error) => this.#end('error', error),
    };
    this.received = 0;
    this.#request = this.#live.stream(this.event, data, observer, { resume: this.#resume, request });
    this.id = this.#request.id;
    this.#setState('waiting');
  }

  request(n) {
    this.#request?.request(n);
  }

  /** Cancels it, where it runs. */
  stop() {
    if (this.state === 'stopped') return;
    this.#request.cancel();
    this.#end('cancelled');
  }

  toggle() {
    if (this.state === 'stopped') this.start();
    else this.stop();
  }

  #end(how, value) {
    this.#setState('stopped');
    this.#observer[how]?.(value);
  }

  #setState(state) {
    const isNews = this.state !== state;
    this.state = state;
    if (isNews) this.#observer.state?.(state);
    this.#announce(this);
  }
}
