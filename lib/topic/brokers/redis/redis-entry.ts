// A topic's entries as they are in Redis: `epoch offset` and the message on its channel, `time-offset` and the message in its log.
// Whatever else stands there is met with, too.

import type { TopicEntry } from '../../broker.js';
import { decodeMessage } from '../../topic-message.js';

/** Before the message. */
const HEAD = /^([\w.-]+) (\d{1,15})\n/;
const LOG_ID = /^\d+-(\d{1,15})$/;

/** @returns undefined for what no broker has published */
export function readLiveEntry(text: string): TopicEntry | undefined {
  const [head, epoch, offset] = HEAD.exec(text) ?? [];
  if (head === undefined) return undefined;
  return entryAt(epoch!, Number(offset), text.slice(head.length));
}

/**
 * @param newestFirst what the server read of the log
 * @returns undefined where they are not all that follow upon `since`, one after the other
 */
export function readLog(newestFirst: unknown, epoch: string, since: number, last: number): TopicEntry[] | undefined {
  if (!Array.isArray(newestFirst) || newestFirst.length !== last - since) return undefined;
  const entries: TopicEntry[] = [];
  for (const each of newestFirst.reverse() as [unknown, unknown][]) {
    const [id, fields] = each;
    const [, offset] = LOG_ID.exec(String(id)) ?? [];
    if (Number(offset) !== since + entries.length + 1) return undefined;
    const text = Array.isArray(fields) && fields[0] === 'm' ? String(fields[1]) : '';
    entries.push(entryAt(epoch, Number(offset), text));
  }
  return entries;
}

function entryAt(epoch: string, offset: number, text: string): TopicEntry {
  return { message: decodeMessage(text), position: { epoch, offset }, previous: offset - 1 };
}
