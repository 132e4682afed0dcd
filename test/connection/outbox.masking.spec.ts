// The bytes that an outbox of the client role writes: each frame masked with a key of its own (RFC 6455 §5.1, §5.3).

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { Outbox } from '../../lib/connection/outbox.js';
import { type ClientFrame, readClientFrames } from '../client/client-frames.js';
import { ScriptedDuplex, settled } from '../support/scripted-duplex.js';
import { pattern } from './recorded-outbox.js';

const TEXT = 0x81;
const BINARY = 0x82;
const PING = 0x89;
const PONG = 0x8a;

/** Around each form of the length, the copying of small payloads (16 KiB), the joining of writes and the slab (64 KiB). */
const SIZES = [
  0, 1, 2, 3, 4, 5, 41, 42, 47, 48, 124, 125, 126, 127, 255, 4095, 16_383, 16_384, 16_385, 65_521, 65_535, 65_536,
  65_537, 1_048_576,
];

function clientOutbox(): { outbox: Outbox; socket: ScriptedDuplex; sent(): Promise<ClientFrame[]> } {
  const socket = new ScriptedDuplex(8 * 1024 * 1024);
  const outbox = new Outbox(
    socket,
    { maxBufferedBytes: 0, maxPendingPongs: 2 },
    { outboxDrained: () => undefined, outboxOverflowed: () => undefined, outboxFlooded: () => undefined },
    'client',
  );
  socket.on('drain', () => outbox.drained());
  const sent = async (): Promise<ClientFrame[]> => {
    await settled();
    return readClientFrames(socket.takeWritten());
  };
  return { outbox, socket, sent };
}

const keyOf = ({ key }: ClientFrame): string => key.toString('hex');

describe('what a client sends is masked', () => {
  it.each(SIZES)('a binary message of %i bytes', async (size) => {
    const { outbox, sent } = clientOutbox();
    const payload = pattern(size, size);
    outbox.sendFrame(BINARY, payload);
    const frames = await sent();
    expect(frames).toHaveLength(1);
    expect(frames[0]!.firstByte).toBe(BINARY);
    expect(frames[0]!.payload.equals(payload)).toBe(true);
  });

  it.each(SIZES)('a text of %i characters of one byte', async (size) => {
    const { outbox, sent } = clientOutbox();
    const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(size / 26 + 1).slice(0, size);
    outbox.sendText(text);
    const frames = await sent();
    expect(frames.map(({ firstByte, payload }) => [firstByte, payload.toString() === text])).toEqual([[TEXT, true]]);
  });

  it.each(['é', '€', '🌍', 'a€', 'Grüße, 世界 🌍'])('texts of %j, short and long', async (unit) => {
    const { outbox, sent } = clientOutbox();
    const texts = [1, 20, 21, 30, 41, 42, 43, 62, 63, 64, 126, 1000, 5461, 5462, 8192, 30_000].map((n) =>
      unit.repeat(n),
    );
    for (const text of texts) outbox.sendText(text);
    const frames = await sent();
    expect(frames.map(({ payload }) => payload.toString())).toEqual(texts);
  });

  it('control frames and fragments', async () => {
    const { outbox, sent } = clientOutbox();
    outbox.sendControl(0x9, Buffer.from('ping'));
    outbox.sendPong(Buffer.alloc(125, 'p'));
    outbox.sendFrame(0x01, Buffer.from('first, '));
    outbox.sendFrame(0x80, Buffer.from('last'));
    const frames = await sent();
    expect(frames.map(({ firstByte, payload }) => [firstByte, payload.toString()])).toEqual([
      [PING, 'ping'],
      [PONG, 'p'.repeat(125)],
      [0x01, 'first, '],
      [0x80, 'last'],
    ]);
  });

  it('each frame has a key of its own, the same message again too', async () => {
    const { outbox, sent } = clientOutbox();
    for (let i = 0; i < 500; i++) outbox.sendText('the same');
    for (let i = 0; i < 20; i++) outbox.sendFrame(BINARY, Buffer.alloc(20_000));
    const frames = await sent();
    expect(frames).toHaveLength(520);
    expect(new Set(frames.map(keyOf)).size).toBe(520);
    expect(new Set(frames.slice(0, 500).map(({ masked }) => masked.toString('hex'))).size).toBe(500);
  });

  it('also what waits because the peer does not read, and the newest pong among it', async () => {
    const { outbox, socket, sent } = clientOutbox();
    socket.block();
    outbox.sendFrame(BINARY, pattern(9 * 1024 * 1024, 1));
    await settled();
    outbox.sendText('waits');
    for (const pong of ['1', '2', '3', '4']) outbox.sendPong(Buffer.from(pong));
    outbox.sendFrame(BINARY, pattern(20_000, 2));
    await settled();
    socket.unblock();
    await settled();
    const frames = await sent();
    expect(frames.map(({ firstByte, payload }) => [firstByte, payload.length])).toEqual([
      [BINARY, 9 * 1024 * 1024],
      [TEXT, 5],
      [PONG, 1],
      [PONG, 1],
      [BINARY, 20_000],
      [PONG, 1],
    ]);
    expect(frames[5]!.payload.toString()).toBe('4');
    expect(new Set(frames.map(keyOf)).size).toBe(6);
  });
});

describe('the application’s bytes', () => {
  it.each([10, 16_384, 16_385, 100_000])('%i of them are not changed by the mask', async (size) => {
    const { outbox, sent } = clientOutbox();
    const payload = pattern(size, 3);
    outbox.sendFrame(BINARY, payload);
    expect(payload.equals(pattern(size, 3))).toBe(true);
    await sent();
    expect(payload.equals(pattern(size, 3))).toBe(true);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('a view that begins %i bytes into its memory', async (offset) => {
    const { outbox, sent } = clientOutbox();
    const memory = pattern(40_000, offset);
    const views = [new Uint8Array(memory.buffer, memory.byteOffset + offset, 100), memory.subarray(offset, 30_000)];
    for (const view of views) outbox.sendFrame(BINARY, view);
    const frames = await sent();
    expect(frames.map(({ payload }, i) => payload.equals(views[i]!))).toEqual([true, true]);
  });

  it('no payload travels as it is: the key is never 0 in a row of frames', async () => {
    const { outbox, sent } = clientOutbox();
    for (let i = 0; i < 200; i++) outbox.sendText('in plain sight');
    const frames = await sent();
    expect(frames.filter(({ masked, payload }) => masked.equals(payload))).toEqual([]);
  });
});
