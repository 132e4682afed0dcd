// One text for many connections: framed once, compressed once for each way of compressing, and in its turn on each connection.
import { describe, expect, it } from '@jest/globals';
import { PreparedMessage } from '../../lib/connection/prepared-message.js';
import { until } from '../support/bounded-wait.js';
import { settled } from '../support/scripted-duplex.js';
import { readServerFrames } from '../support/server-frames.js';
import { connected } from './counted-connection.js';

const SMALL = 'to everybody '.repeat(8);
const LARGE = 'to everybody, from another thread '.repeat(1500);

describe('a prepared message', () => {
  it.each([SMALL, '', 'ü€🙂', LARGE])('goes to all in one and the same buffer: %#', async (text) => {
    const message = new PreparedMessage(text);
    const all = [1, 2, 3].map(() => connected([]));
    for (const { connection } of all) expect(connection.sendPrepared(message)).toBe(true);
    await settled();
    expect(all.map(({ texts }) => texts())).toEqual([[text], [text], [text]]);
    for (const { given } of all) {
      expect(given).toHaveLength(1);
      expect(given[0]).toBe(message.frame);
    }
  });

  it.each([SMALL, LARGE])('is compressed once for all that compress alike: %#', async (text) => {
    const works: string[] = [];
    const message = new PreparedMessage(text);
    const alike = [1, 2, 3].map(() => connected(works, {}));
    const smaller = [1, 2].map(() => connected(works, { windowBits: 10 }));
    const own = [1, 2].map(() => connected(works, { takeover: true }));
    const all = [...alike, ...smaller, ...own];
    for (const { connection } of all) expect(connection.sendPrepared(message)).toBe(true);
    all.forEach(({ connection }, i) => connection.sendText(`behind it for ${i}`));
    await until(() => all.every(({ socket }) => readServerFrames(socket.written).length === 2), 'two frames each');
    all.forEach(({ texts }, i) => expect(texts()).toEqual([text, `behind it for ${i}`]));
    expect(works.filter((sharing) => sharing !== 'its own')).toHaveLength(2 + (7 - own.length));
    expect(works.filter((sharing) => sharing === 'its own')).toHaveLength(2 * own.length);
  });

  it('leaves in one write with the others of its turn', async () => {
    const messages = ['one', 'two', 'three'].map((text) => new PreparedMessage(text));
    const all = [1, 2].map(() => connected([]));
    for (const message of messages) for (const { connection } of all) connection.sendPrepared(message);
    await settled();
    for (const { socket, texts } of all) expect([socket.writes.length, texts()]).toEqual([1, ['one', 'two', 'three']]);
  });

  it('is not compressed where it is too short for that', async () => {
    const works: string[] = [];
    const { connection, texts } = connected(works, { thresholdBytes: 1024 });
    connection.sendPrepared(new PreparedMessage(SMALL));
    await settled();
    expect([texts(), works]).toEqual([[SMALL], []]);
  });

  it('waits for what is compressed before it', async () => {
    const { connection, socket, texts } = connected([], { thresholdBytes: 1024 });
    connection.sendText(LARGE);
    connection.sendPrepared(new PreparedMessage(SMALL));
    connection.sendPrepared(new PreparedMessage(`${LARGE}, too`));
    await until(() => readServerFrames(socket.written).length === 3, 'three frames');
    expect(texts()).toEqual([LARGE, SMALL, `${LARGE}, too`]);
  });

  it('reaches the others when the connection is gone that began to compress it', async () => {
    const message = new PreparedMessage(LARGE);
    const [first, second] = [connected([], {}), connected([], {})];
    first.connection.sendPrepared(message);
    second.connection.sendPrepared(message);
    first.connection.terminate();
    await until(() => second.socket.writes.length > 0, 'the second one');
    expect([first.socket.writes.length, second.texts()]).toEqual([0, [LARGE]]);
  });

  it('is refused by a connection that closes', () => {
    const { connection } = connected([]);
    connection.close(1000);
    expect(connection.sendPrepared(new PreparedMessage(SMALL))).toBe(false);
  });
});
