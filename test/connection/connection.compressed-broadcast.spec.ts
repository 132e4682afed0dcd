// The same text to one connection after another, with real zlib: compressed once where no windows are kept, in order, and
// as each connection wants it.

import { Buffer } from 'node:buffer';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { PreparedMessage } from '../../lib/connection/prepared-message.js';
import { ZlibContext } from '../../lib/connection/zlib/zlib-context.js';
import { Opcode } from '../../lib/frame/opcode.js';
import { settled } from '../support/scripted-duplex.js';
import { CompressingConnection, LARGE } from './compressing-connection.js';

afterEach(() => {
  jest.restoreAllMocks();
});

const connections = (count: number, settings = {}): CompressingConnection[] =>
  Array.from({ length: count }, () => new CompressingConnection(settings));

async function broadcast(members: CompressingConnection[], texts: string[]): Promise<number> {
  const runs = jest.spyOn(ZlibContext.prototype, 'runNow');
  const before = runs.mock.calls.length;
  for (const text of texts) for (const { connection } of members) expect(connection.sendText(text)).toBe(true);
  const deflated = runs.mock.calls.length - before;
  await settled();
  return deflated;
}

describe('where no windows are kept', () => {
  it('a text is compressed once for all, whatever its characters', async () => {
    const members = connections(5);
    const texts = ['to all of you', 'Привет, 日本語 🙂', 'to all of you'];
    expect(await broadcast(members, texts)).toBe(texts.length);
    for (const member of members) expect(member.read()).toEqual(texts.map((text) => `c1 ${text}`));
  });

  it('each sends callbacks of its own', async () => {
    const called: number[] = [];
    for (const [i, { connection }] of connections(3).entries())
      connection.sendText('to each of you', () => called.push(i));
    await settled();
    expect(called).toEqual([0, 1, 2]);
  });

  it('behind a message at work it waits, as any other', async () => {
    const [one, other] = connections(2);
    one!.connection.sendText('to both');
    other!.connection.sendText(LARGE);
    expect(await broadcast([one!, other!], ['to both'])).toBe(0);
    await other!.until(() => other!.socket.written.length > 0, 'the large message');
    expect(one!.read()).toEqual(['c1 to both', 'c1 to both']);
    expect(other!.read()).toEqual(['c1 LARGE', 'c1 to both']);
  });

  it('a connection whose threshold in bytes it does not reach sends it as it is', async () => {
    const text = 'é'.repeat(60);
    const [one, reached, missed] = [1, 120, 121].map((thresholdBytes) => new CompressingConnection({ thresholdBytes }));
    expect(await broadcast([one!, reached!, missed!], [text])).toBe(1);
    expect([one, reached, missed].map((member) => member!.read())).toEqual([
      [`c1 ${text}`],
      [`c1 ${text}`],
      [`81 ${text}`],
    ]);
  });

  it('a connection with no room for it is ended, and the others are sent it', async () => {
    const [one, full] = [new CompressingConnection(), new CompressingConnection({ limits: { maxBufferedBytes: 10 } })];
    full.socket.block();
    full.connection.sendUncompressed(Opcode.BINARY, Buffer.alloc(8));
    await settled();
    const message = new PreparedMessage('to both');
    expect(full.connection.sendPrepared(message)).toBe(false);
    expect(one.connection.sendPrepared(message)).toBe(true);
    await settled();
    expect(one.read()).toEqual(['c1 to both']);
    expect(full.log.map((line) => line.split(':')[0])).toEqual(['closing', 'error', 'close']);
  });

  it('a connection that is closing sends nothing of it', async () => {
    const [one, closing] = connections(2);
    closing!.connection.close(1000);
    one!.connection.sendText('to all');
    expect(closing!.connection.sendText('to all')).toBe(false);
    await settled();
    expect(closing!.read()).toEqual(['88 03e8']);
  });

  it('bytes are compressed for each, since they may change', async () => {
    const bytes = Buffer.from('as bytes');
    const members = connections(2);
    members[0]!.connection.sendMessage(Opcode.TEXT, bytes);
    bytes.write('AS');
    members[1]!.connection.sendMessage(Opcode.TEXT, bytes);
    await settled();
    expect(members.map((member) => member.read())).toEqual([['c1 as bytes'], ['c1 AS bytes']]);
  });
});

it('where windows are kept, each has its own', async () => {
  const members = connections(3, { takeover: true });
  const texts = ['to all of you', 'to all of you', 'to all of us'];
  expect(await broadcast(members, texts)).toBe(9);
  const without = connections(1);
  expect(await broadcast([...without, ...members], ['to all of us'])).toBe(4);
  for (const member of members) expect(member.read()).toEqual([...texts, 'to all of us'].map((text) => `c1 ${text}`));
  expect(without[0]!.read()).toEqual(['c1 to all of us']);
});
