// A subscriber that notes what it is told, in words: `at 3` and `recovered at 3` for `subscribed`, `3: hello` for a message.

import type { History, TopicEntry } from '../../../lib/topic/broker.js';
import type { Position } from '../../../lib/topic/position.js';
import type { Subscriber } from '../../../lib/topic/subscriber.js';
import { decodeBody, encodeBody, type TopicMessage } from '../../../lib/topic/topic-message.js';

export class NotingSubscriber implements Subscriber {
  readonly id: string;
  readonly info: unknown;
  readonly told: string[] = [];
  /** Called after it has noted something. */
  onTold: (what: string) => void = () => {};

  constructor(id = 'a', info?: unknown) {
    this.id = id;
    this.info = info;
  }

  next(message: TopicMessage, position: Position | undefined): void {
    this.note(`${shown(position)}: ${String(decodeBody(message.body).data)}`);
  }

  subscribed(position: Position | undefined, recovered: boolean): void {
    this.note(`${recovered ? 'recovered at' : 'at'} ${shown(position)}`);
  }

  /** What it was told since this was asked. */
  take(): string[] {
    return this.told.splice(0);
  }

  private note(what: string): void {
    this.told.push(what);
    this.onTold(what);
  }
}

/** `3` in the first epoch, `3 of f` in another. */
function shown(position: Position | undefined): string {
  if (position === undefined) return '-';
  return position.epoch === 'e' ? `${position.offset}` : `${position.offset} of ${position.epoch}`;
}

export function at(offset: number, epoch = 'e'): Position {
  return { epoch, offset };
}

/** The entry with an offset, which its text names; it follows upon the offset before. */
export function entry(offset: number, { epoch = 'e', previous = offset - 1, except }: EntryOptions = {}): TopicEntry {
  const body = encodeBody('told', `m${offset}`);
  return { message: except === undefined ? { body } : { body, except }, position: at(offset, epoch), previous };
}

interface EntryOptions {
  epoch?: string;
  previous?: number;
  except?: string[];
}

/** One that cannot be read. */
export function unreadable(offset: number): TopicEntry {
  return { message: undefined, position: at(offset), previous: offset - 1 };
}

/** One of a broker without history. */
export function live(text: string): TopicEntry {
  return { message: { body: encodeBody('told', text) }, position: undefined, previous: undefined };
}

export function entries(first: number, last: number, epoch?: string): TopicEntry[] {
  const options = epoch === undefined ? {} : { epoch };
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => entry(first + i, options));
}

/** All from one offset to another. */
export function complete(first: number, last: number, epoch = 'e'): History {
  return { entries: entries(first, last, epoch), isComplete: true, position: at(last, epoch) };
}

export function incomplete(offset: number, epoch?: string): History {
  return { entries: [], isComplete: false, position: at(offset, epoch) };
}
