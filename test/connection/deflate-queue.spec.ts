import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { DeflateQueue } from '../../lib/connection/deflate-queue.js';
import { Outbox, type OutboxLimits } from '../../lib/connection/outbox.js';
import type { PayloadDeflater } from '../../lib/extension/payload-transform.js';
import { Opcode } from '../../lib/frame/opcode.js';
import { ScriptedDuplex, settled } from '../support/scripted-duplex.js';
import { readServerFrames } from '../support/server-frames.js';

const TEXT = 0x81;
const COMPRESSED_TEXT = 0xc1;
const PING = 0x89;
const PONG = 0x8a;

/** Takes what begins with "late" to another thread, and answers when the test says so. */
class ScriptedDeflater implements PayloadDeflater {
  readonly sharing = undefined;
  readonly atWork: (() => void)[] = [];
  closed = 0;

  another(): ScriptedDeflater {
    return new ScriptedDeflater();
  }

  deflate(payload: Uint8Array, done: (compressed: Buffer) => void): Buffer | undefined {
    const text = Buffer.from(payload).toString();
    if (!text.startsWith('late')) return Buffer.from(`<${text}>`);
    this.atWork.push(() => done(Buffer.from(`<${Buffer.from(payload).toString()}>`)));
    return undefined;
  }

  finishOne(): void {
    this.atWork.shift()!();
  }

  recall(): undefined {
    return undefined;
  }

  remember(): void {}

  close(): void {
    this.closed++;
  }
}

function queued(limits: Partial<OutboxLimits> = {}, onDrained = () => {}) {
  const log: string[] = [];
  const socket = new ScriptedDuplex();
  const all = { maxBufferedBytes: 1024 * 1024, maxPendingPongs: 16, ...limits };
  const outbox = new Outbox(socket, all, {
    outboxDrained: () => {
      log.push('drained');
      onDrained();
    },
    outboxOverflowed: () => log.push('overflowed'),
    outboxFlooded: () => log.push('flooded'),
  });
  socket.on('drain', () => outbox.drained());
  const deflater = new ScriptedDeflater();
  const queue = new DeflateQueue(deflater, outbox, all, () => log.push('rests'));
  const tell = (name: string) => (error?: Error | null) => void log.push(error ? `${name}: ${error.message}` : name);
  const send = (text: string, name?: string) =>
    queue.sendMessage(TEXT, Buffer.from(text), name === undefined ? undefined : tell(name));
  const frames = () =>
    readServerFrames(socket.takeWritten()).map(({ firstByte, payload }) => [firstByte, payload.toString()]);
  return { log, socket, outbox, deflater, queue, tell, send, frames };
}

describe('order', () => {
  it('what is ready at once leaves at once', async () => {
    const { queue, send, frames } = queued();
    expect(send('a')).toBe(true);
    expect(queue.isBusy).toBe(false);
    await settled();
    expect(frames()).toEqual([[COMPRESSED_TEXT, '<a>']]);
  });

  it('everything waits behind a message at work, and leaves in its order', async () => {
    const { queue, send, deflater, frames, outbox } = queued();
    send('late 1');
    expect(queue.isBusy).toBe(true);
    queue.sendFrame(TEXT, Buffer.from('plain'), undefined);
    send('small');
    queue.sendControl(Opcode.PING, Buffer.from('ping'));
    send('late 2');
    queue.sendPong(Buffer.from('pong'));
    queue.defer(() => outbox.sendControl(Opcode.CLOSE, Buffer.alloc(0)));
    await settled();
    expect(frames()).toEqual([]);
    deflater.finishOne();
    expect(queue.isBusy).toBe(true);
    await settled();
    expect(frames()).toEqual([
      [COMPRESSED_TEXT, '<late 1>'],
      [TEXT, 'plain'],
      [COMPRESSED_TEXT, '<small>'],
      [PING, 'ping'],
    ]);
    deflater.finishOne();
    expect(queue.isBusy).toBe(false);
    await settled();
    expect(frames()).toEqual([
      [COMPRESSED_TEXT, '<late 2>'],
      [PONG, 'pong'],
      [0x88, ''],
    ]);
  });

  it('what is sent while the waiting leaves stays behind it', async () => {
    const { queue, send, deflater, frames } = queued();
    send('late');
    queue.defer(() => {
      expect(queue.isBusy).toBe(true);
      send('last');
    });
    send('first');
    deflater.finishOne();
    await settled();
    expect(frames().map(([, text]) => text)).toEqual(['<late>', '<first>', '<last>']);
  });

  it('also what is sent because of a drain in the middle of it', async () => {
    const size = 20_000;
    const { queue, send, deflater, frames, outbox } = queued({ maxBufferedBytes: 62_000 }, () => {
      if (queue.isBusy) send('because of the drain');
    });
    send(`late ${'x'.repeat(size)}`);
    for (const name of ['1', '2']) queue.sendFrame(TEXT, Buffer.from(name.repeat(size)), undefined);
    // Written to make room, which somebody waits for.
    outbox.hold();
    outbox.sendControl(Opcode.PING, Buffer.alloc(5000, 'p'));
    outbox.watchDrain();
    deflater.finishOne();
    outbox.release();
    expect(frames().map(([, text]) => String(text).slice(0, 3))).toEqual(['ppp', '<la', '111', '222', '<be']);
  });
});

it('says when nothing is at work any more, not before the next that waits is ready too', () => {
  const { queue, send, deflater, log } = queued();
  send('at once');
  send('late 1');
  send('late 2');
  deflater.finishOne();
  expect(log).toEqual([]);
  deflater.finishOne();
  expect(log).toEqual(['rests']);
  const alone = new ScriptedDeflater();
  const other = new DeflateQueue(alone, queued().outbox, { maxPendingPongs: 1 });
  other.sendMessage(TEXT, Buffer.from('late'), undefined);
  alone.finishOne();
  expect([queue.isBusy, other.isBusy]).toEqual([false, false]);
});

describe('payloads', () => {
  it('up to 16 KiB are the sender’s again at once', async () => {
    const { queue, send, deflater, frames } = queued();
    send('late');
    const payloads = ['message', 'frame', 'ping', 'pong'].map((text) => Buffer.from(text));
    queue.sendMessage(TEXT, payloads[0]!, undefined);
    queue.sendFrame(TEXT, payloads[1]!, undefined);
    queue.sendControl(Opcode.PING, payloads[2]!);
    queue.sendPong(payloads[3]!);
    for (const payload of payloads) payload.fill('x');
    deflater.finishOne();
    await settled();
    expect(frames().map(([, text]) => text)).toEqual(['<late>', '<message>', 'frame', 'ping', 'pong']);
  });

  it('above are not copied', async () => {
    const { queue, send, deflater, frames } = queued();
    send('late');
    const payload = Buffer.alloc(16_385, 'a');
    queue.sendFrame(TEXT, payload, undefined);
    payload.fill('b');
    deflater.finishOne();
    await settled();
    expect(frames()[1]).toEqual([TEXT, 'b'.repeat(16_385)]);
  });
});

describe('pongs', () => {
  it('wait in bounded number: beyond, the newest ping is answered, behind all', async () => {
    const { queue, send, deflater, frames } = queued({ maxPendingPongs: 2 });
    for (let round = 0; round < 2; round++) {
      send('late');
      for (let i = 0; i < 1000; i++) queue.sendPong(Buffer.from(`${i}`));
      send('behind');
      deflater.finishOne();
      await settled();
      expect(frames().map(([, text]) => text)).toEqual(['<late>', '0', '1', '<behind>', '999']);
    }
  });

  it('0 turns that off', async () => {
    const { queue, send, deflater, frames } = queued({ maxPendingPongs: 0 });
    send('late');
    for (let i = 0; i < 100; i++) queue.sendPong(Buffer.from(`${i}`));
    deflater.finishOne();
    await settled();
    expect(frames()).toHaveLength(101);
  });
});

describe('bytes that wait', () => {
  it('for a compressor count as waiting, as they were before it', async () => {
    const { queue, send, deflater, outbox } = queued();
    send(`late ${'x'.repeat(995)}`);
    expect(outbox.bufferedBytes).toBe(1000);
    send('x'.repeat(200));
    queue.sendFrame(TEXT, Buffer.alloc(30), undefined);
    queue.sendPong(Buffer.alloc(50));
    expect(outbox.bufferedBytes).toBe(1230);
    deflater.finishOne();
    await settled();
    expect(outbox.bufferedBytes).toBe(0);
  });

  it('are limited with all others', () => {
    const { queue, send, log } = queued({ maxBufferedBytes: 1000 });
    expect(send(`late ${'x'.repeat(895)}`)).toBe(true);
    expect(send('x'.repeat(101), 'told to its sender alone')).toBe(false);
    expect(queue.sendFrame(TEXT, Buffer.alloc(101), undefined)).toBe(false);
    expect(log).toEqual(['overflowed', 'overflowed']);
    expect(queue.sendFrame(TEXT, Buffer.alloc(100), undefined)).toBe(true);
  });

  it('whoever was told to wait is told when there is room, though the socket took the little at once', async () => {
    const { send, deflater, outbox, log } = queued();
    send(`late ${'x'.repeat(20_000)}`);
    expect(outbox.isBehind).toBe(true);
    await settled();
    deflater.finishOne();
    await settled();
    expect(log).toContain('drained');
    expect(outbox.isBehind).toBe(false);
  });

  it('nobody is told who was not', async () => {
    const { send, deflater, log } = queued();
    send('late');
    deflater.finishOne();
    await settled();
    expect(log).toEqual(['rests']);
  });

  it('a message that grew beyond the room for it: its callback and those behind are told, once', async () => {
    const { queue, send, deflater, log, outbox, socket } = queued({ maxBufferedBytes: 50 });
    send(`late ${'x'.repeat(20)}`, 'a');
    queue.sendFrame(TEXT, Buffer.alloc(20), undefined);
    send('b', 'b');
    queue.sendControl(Opcode.PING, Buffer.alloc(120), (error) => void log.push(`c: ${error?.message}`));
    // A control frame is never held back by a limit, and takes the room.
    outbox.sendControl(Opcode.PING, Buffer.alloc(45));
    outbox.hold();
    socket.block();
    deflater.finishOne();
    await settled();
    expect(log.filter((line) => line === 'overflowed')).toHaveLength(1);
    expect(log).toContain('a: the message was not sent: more was waiting than maxBufferedBytes allows');
    expect(log).toContain('b: the connection ended before the message was sent');
    expect(log).toContain('c: the connection ended before the message was sent');
    expect(deflater.closed).toBe(1);
    expect(queue.isBusy).toBe(false);
  });
});

describe('callbacks', () => {
  it('are called once each, when the operating system has taken the message', async () => {
    const { queue, send, deflater, log, tell } = queued();
    send('late', 'a');
    send('small', 'b');
    queue.sendFrame(TEXT, Buffer.from('plain'), tell('c'));
    queue.sendControl(Opcode.PING, Buffer.alloc(0), tell('d'));
    await settled();
    expect(log).toEqual([]);
    deflater.finishOne();
    await settled();
    queue.close();
    expect(log).toEqual(['rests', 'a', 'b', 'c', 'd']);
  });

  it('at the end of the connection, once each and in order, also one function given twice', async () => {
    const { queue, send, outbox, log, tell, deflater, frames } = queued();
    const twice = tell('twice');
    send('late', 'a');
    queue.sendMessage(TEXT, Buffer.from('small'), twice);
    queue.sendFrame(TEXT, Buffer.from('plain'), twice);
    queue.sendControl(Opcode.PING, Buffer.alloc(0), tell('ping'));
    queue.sendPong(Buffer.alloc(0));
    queue.close();
    queue.close();
    const why = 'the connection ended before the message was sent';
    expect(log).toEqual([`a: ${why}`, `twice: ${why}`, `twice: ${why}`, `ping: ${why}`]);
    expect(outbox.bufferedBytes).toBe(0);
    expect(queue.isBusy).toBe(false);
    expect(deflater.closed).toBe(2);
    await settled();
    expect(frames()).toEqual([]);
  });

  it('the end of a connection that had nothing to compress', () => {
    const { queue, deflater, log } = queued();
    queue.close();
    expect(deflater.closed).toBe(1);
    expect(log).toEqual([]);
  });
});
