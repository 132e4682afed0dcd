import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Outbox } from '../../lib/connection/outbox.js';
import { Opcode } from '../../lib/frame/opcode.js';
import { frame } from '../support/bytes.js';
import { settled } from '../support/scripted-duplex.js';
import { readServerFrames } from '../support/server-frames.js';
import { pattern, recordedCallbacks, recordedOutbox } from './recorded-outbox.js';

const TEXT = 0x81;
const BINARY = 0x82;
const PING = 0x89;
const SIZES = [0, 1, 125, 126, 127, 16_384, 16_385, 65_535, 65_536, 200_000];

describe('the bytes of a frame', () => {
  it.each(SIZES)('binary of %i bytes', async (size) => {
    const { outbox, socket } = recordedOutbox();
    const payload = pattern(size, 1);
    expect(outbox.sendFrame(BINARY, payload)).toBe(true);
    await settled();
    expect(socket.written.equals(frame('server', BINARY, payload))).toBe(true);
  });

  it.each(SIZES)('text of %i units, each of one, two, three bytes or half of four', async (size) => {
    for (const unit of ['a', 'é', '€', '😀']) {
      const text = unit.repeat(size / unit.length).padEnd(size, 'z');
      const { outbox, socket } = recordedOutbox({ maxBufferedBytes: 0 });
      expect(outbox.sendText(text)).toBe(true);
      await settled();
      expect(socket.written.equals(frame('server', TEXT, text))).toBe(true);
    }
  });

  it('text whose UTF-8 is as long as each header allows, and one byte longer', async () => {
    for (const bytes of [123, 124, 125, 126, 127, 16_383, 16_384, 16_385, 16_386, 65_534, 65_535, 65_536, 65_537]) {
      for (const [unit, width] of [
        ['é', 2],
        ['€', 3],
        ['😀', 4],
      ] as const) {
        const text = unit.repeat(Math.floor(bytes / width)) + 'a'.repeat(bytes % width);
        const { outbox, socket } = recordedOutbox();
        outbox.sendText(text);
        await settled();
        expect(socket.written.equals(frame('server', TEXT, text))).toBe(true);
      }
    }
  });

  it.each([1, 41, 42, 60, 6000, 20_000])(
    '%i lone surrogates leave as replacement characters, never as bad UTF-8',
    async (count) => {
      const { outbox, socket } = recordedOutbox();
      outbox.sendText('\ud800'.repeat(count));
      outbox.sendText('\udfff'.repeat(count));
      await settled();
      const texts = readServerFrames(socket.written).map(({ payload }) => payload.toString());
      expect(texts).toEqual(['\ufffd'.repeat(count), '\ufffd'.repeat(count)]);
    },
  );

  it('a view of a larger buffer sends its own bytes only, copied or by reference', async () => {
    for (const size of [10, 40_000]) {
      const whole = pattern(size + 64, 3);
      const view = new Uint8Array(whole.buffer, whole.byteOffset + 32, size);
      const { outbox, socket } = recordedOutbox();
      outbox.sendFrame(BINARY, view);
      await settled();
      expect(socket.written.equals(frame('server', BINARY, view))).toBe(true);
    }
  });

  it('up to 16 KiB are copied: the sender may change its buffer at once', async () => {
    const { outbox, socket } = recordedOutbox();
    const payload = pattern(16_384, 4);
    const before = Buffer.from(payload);
    outbox.sendFrame(BINARY, payload);
    payload.fill(0xee);
    await settled();
    expect(socket.written.equals(frame('server', BINARY, before))).toBe(true);
  });
});

describe('one turn', () => {
  it('leaves in one write, in the order in which it was sent', async () => {
    const { outbox, socket } = recordedOutbox();
    const expected: Buffer[] = [];
    for (let i = 0; i < 40; i++) {
      const payload = pattern([3, 200, 20_000, 0, 70_000][i % 5]!, i);
      if (i % 7 === 0) outbox.sendControl(Opcode.PING, payload.subarray(0, 100));
      else outbox.sendFrame(BINARY, payload);
      expected.push(i % 7 === 0 ? frame('server', PING, payload.subarray(0, 100)) : frame('server', BINARY, payload));
    }
    expect(socket.writes).toHaveLength(0);
    await settled();
    expect(socket.writes).toHaveLength(1);
    expect(socket.written.equals(Buffer.concat(expected))).toBe(true);
  });

  it('takes in what promises that resolve in it send', async () => {
    const { outbox, socket } = recordedOutbox();
    outbox.sendText('a');
    const later = Promise.resolve()
      .then(() => outbox.sendText('b'))
      .then(() => outbox.sendText('c'));
    await later;
    await settled();
    expect(socket.writes).toHaveLength(1);
    expect(readServerFrames(socket.written).map(({ payload }) => payload.toString())).toEqual(['a', 'b', 'c']);
  });

  it('writes nothing where nothing was sent', async () => {
    const { outbox, socket } = recordedOutbox();
    outbox.hold();
    outbox.release();
    await settled();
    expect(socket.writes).toHaveLength(0);
  });

  it('between hold and release leaves at the release, in one write', async () => {
    const { outbox, socket } = recordedOutbox();
    outbox.sendText('before');
    outbox.hold();
    outbox.sendText('a');
    outbox.sendText('b');
    outbox.release();
    expect(socket.writes).toHaveLength(1);
    outbox.sendText('behind');
    await settled();
    expect(socket.writes).toHaveLength(2);
    expect(readServerFrames(socket.written).map(({ payload }) => payload.toString())).toEqual([
      'before',
      'a',
      'b',
      'behind',
    ]);
  });
});

describe('many connections in one turn', () => {
  it('a broadcast of any size gives each of 50 exactly its bytes, however their frames interleave', async () => {
    const boxes = Array.from({ length: 50 }, () => recordedOutbox({ maxBufferedBytes: 0 }));
    const expected: Buffer[][] = boxes.map(() => []);
    for (let round = 0; round < 60; round++) {
      const size = [1, 30, 126, 1000, 5000, 16_384, 16_385][round % 7]!;
      for (const [i, { outbox }] of boxes.entries()) {
        if ((round + i) % 3 === 0) continue;
        const payload = pattern((size + i) % 17_000, i * 100 + round);
        outbox.sendFrame(BINARY, payload);
        expected[i]!.push(frame('server', BINARY, payload));
      }
    }
    await settled();
    for (const [i, { socket }] of boxes.entries()) {
      expect(socket.writes).toHaveLength(1);
      expect(socket.written.equals(Buffer.concat(expected[i]!))).toBe(true);
    }
  });

  it('what is still waiting is not touched by what others send later', async () => {
    const { outbox, socket } = recordedOutbox();
    socket.block();
    outbox.sendFrame(BINARY, pattern(20_000, 0));
    await settled();
    outbox.sendText('kept through it all');
    await settled();
    const other = recordedOutbox();
    for (let i = 0; i < 200; i++) other.outbox.sendFrame(BINARY, pattern(1000, i));
    await settled();
    socket.takeWritten();
    socket.unblock();
    await settled();
    expect(socket.takeWritten().equals(frame('server', TEXT, 'kept through it all'))).toBe(true);
  });
});

describe('callbacks', () => {
  it('are called once each, in order, when the operating system has taken the frame', async () => {
    const { outbox, socket } = recordedOutbox();
    const { calls, callback } = recordedCallbacks();
    socket.block();
    outbox.sendText('a', callback('a'));
    outbox.sendFrame(BINARY, pattern(30_000, 0), callback('b'));
    outbox.sendControl(Opcode.PING, Buffer.alloc(0), callback('c'));
    await settled();
    expect(calls).toEqual([]);
    socket.unblock();
    await settled();
    expect(calls).toEqual(['a', 'b', 'c']);
  });

  it('tell of the loss of the connection, once each, also for what was already written', async () => {
    const { outbox, socket } = recordedOutbox();
    const { calls, callback } = recordedCallbacks();
    socket.block();
    outbox.sendFrame(BINARY, pattern(30_000, 0), callback('written'));
    await settled();
    outbox.sendText('b', callback('waiting'));
    await settled();
    outbox.sendText('c', callback('of this turn'));
    socket.destroy();
    outbox.discard();
    await settled();
    expect(calls.sort()).toEqual([
      'of this turn: the connection ended before the frame was sent',
      'waiting: the connection ended before the frame was sent',
      'written: destroyed',
    ]);
    expect(outbox.bufferedBytes - socket.writableLength).toBe(0);
  });
});

describe('a stream made of a socket', () => {
  /** Hands its bytes on later, as one does that throttles or tunnels. */
  class Delayed extends Socket {
    readonly held: Buffer[] = [];

    override _write(chunk: Buffer, _encoding: BufferEncoding, taken: () => void): void {
      this.held.push(chunk);
      taken();
    }
  }

  it('may hold what it has taken for as long as it likes', async () => {
    const stream = new Delayed();
    const owner = { outboxDrained() {}, outboxOverflowed() {}, outboxFlooded() {} };
    const outbox = new Outbox(stream, { maxBufferedBytes: 0, maxPendingPongs: 0 }, owner);
    for (const text of ['one', 'two', 'three']) {
      outbox.sendText(text);
      await settled();
    }
    expect(stream.held.map((bytes) => bytes.toString('latin1', 2))).toEqual(['one', 'two', 'three']);
  });
});
