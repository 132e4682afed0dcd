// An outbox whose socket does not take more: what waits, how much of it, and what becomes of pongs.

import { Buffer } from 'node:buffer';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { Opcode } from '../../lib/frame/opcode.js';
import { closePayload, frame } from '../support/bytes.js';
import { ScriptedDuplex, settled } from '../support/scripted-duplex.js';
import { readServerFrames } from '../support/server-frames.js';
import { pattern, type RecordedOutbox, recordedCallbacks, recordedOutbox } from './recorded-outbox.js';

const TEXT = 0x81;
const BINARY = 0x82;
const PONG = 0x8a;
const KIB = 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** An outbox whose socket has taken its first 20,000 bytes no further than its own buffer. */
async function blockedOutbox(limits?: Parameters<typeof recordedOutbox>[0]): Promise<RecordedOutbox> {
  const recorded = recordedOutbox(limits);
  recorded.socket.block();
  recorded.outbox.sendFrame(BINARY, pattern(20_000, 0));
  await settled();
  recorded.socket.takeWritten();
  return recorded;
}

async function takeFrames({ socket }: RecordedOutbox): Promise<string[]> {
  socket.unblock();
  await settled();
  return readServerFrames(socket.takeWritten()).map(
    ({ firstByte, payload }) => `${firstByte.toString(16)} ${payload.toString()}`,
  );
}

describe('while the socket does not take more', () => {
  it('frames wait, keep their order, and leave together', async () => {
    const blocked = await blockedOutbox();
    const { outbox, socket, log } = blocked;
    for (const text of ['a', 'b', 'c']) {
      outbox.sendText(text);
      await settled();
    }
    outbox.sendFrame(BINARY, pattern(40_000, 1));
    outbox.sendControl(Opcode.PING, Buffer.from('p'));
    await settled();
    expect(socket.writes).toHaveLength(0);
    expect(log).toEqual([]);
    socket.unblock();
    await settled();
    expect(socket.writes).toHaveLength(1);
    const expected = 'abc'.split('').map((text) => frame('server', TEXT, text));
    expected.push(frame('server', BINARY, pattern(40_000, 1)), frame('server', 0x89, 'p'));
    expect(socket.written.equals(Buffer.concat(expected))).toBe(true);
    expect(log.at(-1)).toBe('drained');
  });

  it('stays in order when the socket takes only a part and blocks again', async () => {
    const { outbox, socket } = await blockedOutbox();
    const expected: Buffer[] = [];
    for (let round = 0; round < 6; round++) {
      for (const size of [10, 20_000, 4096, 70_000]) {
        const payload = pattern(size, round * 10 + size);
        outbox.sendFrame(BINARY, payload);
        expected.push(frame('server', BINARY, payload));
      }
      await settled();
      socket.letOnePass();
      await settled();
    }
    socket.unblock();
    await settled();
    expect(socket.written.equals(Buffer.concat(expected))).toBe(true);
  });

  it('bufferedBytes counts every byte that waits, wherever it waits', async () => {
    const { outbox, socket } = await blockedOutbox();
    expect(outbox.bufferedBytes).toBe(20_004);
    outbox.sendText('12345');
    expect(outbox.bufferedBytes).toBe(20_011);
    await settled();
    expect(outbox.bufferedBytes).toBe(20_011);
    outbox.sendFrame(BINARY, pattern(70_000, 0));
    expect(outbox.bufferedBytes).toBe(90_021);
    await settled();
    expect(outbox.bufferedBytes).toBe(90_021);
    expect(outbox.isBehind).toBe(true);
    socket.unblock();
    await settled();
    expect(outbox.bufferedBytes).toBe(0);
    expect(outbox.isBehind).toBe(false);
  });

  it('is behind before it is blocked, from the high-water mark on', () => {
    const { outbox } = recordedOutbox({}, new ScriptedDuplex(1000));
    outbox.sendFrame(BINARY, pattern(900, 0));
    expect(outbox.isBehind).toBe(false);
    outbox.sendFrame(BINARY, pattern(200, 0));
    expect(outbox.isBehind).toBe(true);
  });

  it('who watches is told once, though the socket never refused anything', async () => {
    const { outbox, log } = recordedOutbox();
    outbox.sendText('a');
    outbox.watchDrain();
    expect(log).toEqual([]);
    await settled();
    expect(log).toEqual(['drained']);
    outbox.sendText('b');
    await settled();
    expect(log).toEqual(['drained']);
  });

  it('end comes behind everything that waits', async () => {
    const blocked = await blockedOutbox();
    const { outbox, socket } = blocked;
    outbox.sendText('last words');
    outbox.end();
    expect(socket.writableEnded).toBe(false);
    expect(await takeFrames(blocked)).toEqual(['81 last words']);
    expect(socket.writableFinished).toBe(true);
  });

  it('a second end changes nothing', async () => {
    const { outbox, socket } = recordedOutbox();
    outbox.sendText('x');
    outbox.end();
    outbox.end();
    await settled();
    expect(socket.writes).toHaveLength(1);
    expect(socket.writableFinished).toBe(true);
  });
});

describe('maxBufferedBytes', () => {
  it('refuses what would exceed it, and not a byte less', async () => {
    const { outbox, log } = await blockedOutbox({ maxBufferedBytes: 30_000 });
    expect(outbox.sendFrame(BINARY, pattern(9_996, 0))).toBe(true);
    expect(log).toEqual([]);
    expect(outbox.sendText('x')).toBe(false);
    expect(log).toEqual(['overflowed']);
  });

  it.each([
    ['a short text', 'x'],
    ['a middling text', 'x'.repeat(100)],
    ['a long text', 'x'.repeat(20_000)],
  ])('refuses %s', async (_, text) => {
    const { outbox, log } = await blockedOutbox({ maxBufferedBytes: 20_004 });
    expect(outbox.sendText(text)).toBe(false);
    expect(log).toEqual(['overflowed']);
  });

  it('what was sent in this turn is offered to the socket before it counts', () => {
    const { outbox, socket, log } = recordedOutbox({ maxBufferedBytes: 10_000 });
    for (let i = 0; i < 10; i++) expect(outbox.sendFrame(BINARY, pattern(4_000, i))).toBe(true);
    expect(log).toEqual([]);
    expect(socket.writes.length).toBeGreaterThan(1);
  });

  it('a message larger than the limit passes when nothing else waits', async () => {
    const { outbox, socket, log } = recordedOutbox({ maxBufferedBytes: 1000 });
    expect(outbox.sendFrame(BINARY, pattern(5 * KIB, 0))).toBe(true);
    await settled();
    expect(outbox.sendText('é'.repeat(2000))).toBe(true);
    await settled();
    expect(readServerFrames(socket.written)).toHaveLength(2);
    expect(log).toEqual([]);
  });

  it('control frames pass beyond it', async () => {
    const blocked = await blockedOutbox({ maxBufferedBytes: 1000 });
    blocked.outbox.sendControl(Opcode.CLOSE, closePayload(1001));
    expect(blocked.log).toEqual([]);
    expect(await takeFrames(blocked)).toEqual([`88 ${closePayload(1001).toString()}`]);
  });

  it('0 is no limit', async () => {
    const { outbox, log } = await blockedOutbox({ maxBufferedBytes: 0 });
    for (let i = 0; i < 50; i++) expect(outbox.sendFrame(BINARY, pattern(100_000, i))).toBe(true);
    expect(outbox.bufferedBytes).toBeGreaterThan(5_000_000);
    expect(log).toEqual([]);
  });

  it('what waits is held in proportion to its bytes, not to the blocks it was written into', async () => {
    const { outbox, socket } = await blockedOutbox();
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    const others = recordedOutbox({ maxBufferedBytes: 0 });
    const filler = pattern(16_000, 0);
    for (let i = 0; i < 400; i++) {
      outbox.sendText('one small frame in each block');
      for (let n = 0; n < 3; n++) others.outbox.sendFrame(BINARY, filler);
      await new Promise((resolve) => setImmediate(resolve));
      others.socket.takeWritten();
    }
    collectGarbage();
    await settled();
    collectGarbage();
    // The blocks themselves would be 20 MB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(13_000_000);
    socket.unblock();
    await settled();
    expect(readServerFrames(socket.takeWritten())).toHaveLength(400);
  });
});

describe('pongs', () => {
  it('are sent as they come while the socket takes them', async () => {
    const { outbox, socket } = recordedOutbox({ maxPendingPongs: 2 });
    for (let i = 0; i < 50; i++) {
      outbox.sendPong(Buffer.from(String(i)));
      await settled();
    }
    expect(readServerFrames(socket.written)).toHaveLength(50);
  });

  it('as many as are allowed wait, of the others only the newest (§5.5.3)', async () => {
    const blocked = await blockedOutbox({ maxPendingPongs: 3 });
    blocked.outbox.sendText('a');
    for (let i = 0; i < 10; i++) blocked.outbox.sendPong(Buffer.from(String(i)));
    blocked.outbox.sendText('b');
    expect(await takeFrames(blocked)).toEqual(['81 a', '8a 0', '8a 1', '8a 2', '81 b', '8a 9']);
    blocked.outbox.sendPong(Buffer.from('anew'));
    expect(await takeFrames(blocked)).toEqual(['8a anew']);
  });

  it('the newest keeps its bytes though the buffer it came in is used again', async () => {
    const blocked = await blockedOutbox({ maxPendingPongs: 1 });
    blocked.outbox.sendPong(Buffer.from('first'));
    const payload = Buffer.from('newest');
    blocked.outbox.sendPong(payload);
    payload.fill('x');
    expect(await takeFrames(blocked)).toEqual(['8a first', '8a newest']);
  });

  it('64 times as many unanswered pings are a flood', async () => {
    const { outbox, log } = await blockedOutbox({ maxPendingPongs: 2 });
    for (let i = 0; i < 2 + 128; i++) outbox.sendPong(Buffer.alloc(0));
    expect(log).toEqual([]);
    outbox.sendPong(Buffer.alloc(0));
    expect(log).toEqual(['flooded: ping-flood']);
  });

  it('reading in between makes it no flood', async () => {
    const { outbox, socket, log } = await blockedOutbox({ maxPendingPongs: 1 });
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 60; i++) outbox.sendPong(Buffer.alloc(0));
      outbox.sendFrame(BINARY, pattern(20_000, 0));
      socket.letOnePass();
      await settled();
    }
    expect(log.filter((line) => line.startsWith('flooded'))).toEqual([]);
  });

  it('0 lets any number wait', async () => {
    const blocked = await blockedOutbox({ maxPendingPongs: 0 });
    for (let i = 0; i < 5000; i++) blocked.outbox.sendPong(Buffer.from('x'));
    const frames = await takeFrames(blocked);
    expect(frames).toHaveLength(5000);
    expect(new Set(frames)).toEqual(new Set([`${PONG.toString(16)} x`]));
  });

  it('none follows the end, which comes behind the Close frame (§5.5.2)', async () => {
    const blocked = await blockedOutbox({ maxPendingPongs: 1 });
    blocked.outbox.sendPong(Buffer.from('waits'));
    blocked.outbox.sendPong(Buffer.from('newest'));
    blocked.outbox.sendControl(Opcode.CLOSE, Buffer.alloc(0));
    blocked.outbox.end();
    expect(await takeFrames(blocked)).toEqual(['8a waits', '88 ']);
    expect(blocked.socket.writableFinished).toBe(true);
  });

  it('callbacks of frames that waited behind pongs are called in their turn', async () => {
    const blocked = await blockedOutbox();
    const { calls, callback } = recordedCallbacks();
    blocked.outbox.sendPong(Buffer.alloc(0));
    blocked.outbox.sendText('x', callback('x'));
    await settled();
    expect(calls).toEqual([]);
    await takeFrames(blocked);
    expect(calls).toEqual(['x']);
  });
});
