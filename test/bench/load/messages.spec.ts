import { expect, it } from '@jest/globals';
import { buildMessages } from '../../../bench/load/messages.mjs';

const payloadOf = (message: { content: string; bytes: number }, dialect = 'bare'): Buffer =>
  buildMessages(message, dialect)[0]!.payload;

it.each(['ascii', 'non-ascii', 'binary', 'records', 'event'])('a message of %s has the length asked for', (content) => {
  expect(payloadOf({ content, bytes: 1000 })).toHaveLength(1000);
});

it('non-ASCII text is valid, and most of it is not ASCII', () => {
  const payload = payloadOf({ content: 'non-ascii', bytes: 1024 });
  expect(payload.toString()).not.toContain('\ufffd');
  expect(payload.filter((byte) => byte >= 0x80).length).toBeGreaterThan(700);
});

it('events say the same in each dialect', () => {
  const json = payloadOf({ content: 'event', bytes: 100 }, 'event');
  const socketIo = payloadOf({ content: 'event', bytes: 100 }, 'socket.io');
  const { event, data } = JSON.parse(json.toString());
  expect(socketIo.toString()).toBe(`42${JSON.stringify([event, data])}`);
});

it('each variant is another message', () => {
  const messages = buildMessages({ content: 'records', bytes: 200, variants: 8 }, 'bare');
  expect(new Set(messages.map(({ payload }) => payload.toString())).size).toBe(8);
});
