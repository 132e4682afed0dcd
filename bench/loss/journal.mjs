// What one client was told of one topic, in the order in which it was told: which numbers it received, and over what it was told of a
// gap. Order and duplicates are judged at once; what was lost, when it is known what was published.

export class Journal {
  /** @param numbers how many there are in the topic */
  constructor(topic, numbers, epochs) {
    this.topic = topic;
    this.epochs = epochs;
    this.has = new Uint8Array(numbers);
    /** Where the client stood at first. */
    this.begin = undefined;
    /** From a position, exclusive, up to another, inclusive. */
    this.gaps = [];
    this.counts = { live: 0, recovered: 0, recoveries: 0, gaps: 0, refused: 0, duplicates: 0, outOfOrder: 0 };
  }

  /** @param before where the client stood until then, undefined at first */
  subscribed(position, recovered, before) {
    this.epochs.note(this.topic, position.epoch);
    if (before === undefined) {
      this.begin = position;
    } else if (!recovered) {
      this.counts.gaps++;
      this.gaps.push([before, position]);
    } else {
      this.counts.recoveries++;
      // It may only go on from where the client stood.
      if (position.epoch !== before.epoch || position.offset !== before.offset) this.counts.outOfOrder++;
    }
    this.last = position;
  }

  /** @param isOlder whether it was published before the client asked for the topic */
  received({ epoch, offset }, number, isOlder) {
    if (this.has[number]) this.counts.duplicates++;
    else if (epoch === this.last.epoch && offset <= this.last.offset) this.counts.outOfOrder++;
    this.has[number] = 1;
    this.counts[isOlder ? 'recovered' : 'live']++;
    this.last = { epoch, offset };
  }

  refused() {
    this.counts.refused++;
  }

  /** Whether the client was told of everything up to this position: of a message, or of a gap over it. */
  hasReached({ epoch, offset }) {
    return this.last.epoch === epoch && this.last.offset >= offset;
  }

  /** Whether the client was told of a gap in which this position lies, or came only after it. */
  knowsGapAt(position) {
    const { topic, epochs } = this;
    const isAfter = (one, other) => epochs.compare(topic, one, other) > 0;
    return (
      !isAfter(position, this.begin) ||
      this.gaps.some(([from, to]) => isAfter(position, from) && !isAfter(position, to))
    );
  }
}

/** The epochs of each topic, in the order in which anybody first saw them. */
export class Epochs {
  constructor() {
    this.firstSeen = new Map();
  }

  note(topic, epoch, at = Date.now()) {
    const key = `${topic} ${epoch}`;
    this.firstSeen.set(key, Math.min(at, this.firstSeen.get(key) ?? Infinity));
  }

  /** @returns more than 0 where the first position comes after the other */
  compare(topic, one, other) {
    if (one.epoch === other.epoch) return one.offset - other.offset;
    return this.firstSeen.get(`${topic} ${one.epoch}`) - this.firstSeen.get(`${topic} ${other.epoch}`);
  }
}
