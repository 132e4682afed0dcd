// What became of each value of a stream, from two sides: the page knows what has come, the server what was produced and how
// many were dropped. Values keep their order, so that both together say which.

const MOST_KEPT = 200;

export class Fates {
  produced = 0;
  received = 0;
  dropped = 0;
  /** The newest value that has come. */
  last = 0;
  #dropsNewest;
  #fates = new Map();
  /** Values that were produced and neither came nor were dropped, the oldest first. */
  #waiting = [];

  constructor({ dropsNewest }) {
    this.#dropsNewest = dropsNewest;
  }

  get waiting() {
    return this.#waiting.length;
  }

  /** A value has come, before or after the report of it. */
  receive(n) {
    this.received++;
    this.last = n;
    this.#waiting = this.#waiting.filter((each) => each !== n);
    this.#settle(n, 'received');
  }

  /** The server has produced a value, and has dropped so many up to it. */
  report({ n, dropped }) {
    this.produced = n;
    if (n > this.last) {
      this.#waiting.push(n);
      this.#settle(n, 'waiting');
    }
    for (; this.dropped < dropped; this.dropped++) {
      const victim = this.#dropsNewest ? this.#waiting.pop() : this.#waiting.shift();
      if (victim !== undefined) this.#settle(victim, 'dropped');
    }
  }

  /** Of the newest values, as many as there are places; the newest last. */
  newest(places) {
    return Array.from({ length: places }, (_, place) => this.#fates.get(this.produced - places + 1 + place));
  }

  #settle(n, fate) {
    this.#fates.set(n, fate);
    this.#fates.delete(n - MOST_KEPT);
  }
}
