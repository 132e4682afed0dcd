// RFC 7692 over a whole connection with real zlib: order in both directions, what counts as waiting, and ends in the middle.

import { Buffer } from 'node:buffer';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Opcode } from '../../lib/frame/opcode.js';
import { zlibJobs } from '../../lib/connection/zlib/zlib-jobs.js';
import { DeflatePeer } from '../extension/deflate-peer.js';
import { noise } from '../extension/payload-transform.contract.js';
import { byteByByte, closePayload, everyCut, frame, hex } from '../support/bytes.js';
import { settled } from '../support/scripted-duplex.js';
import { CompressingConnection, LARGE, SMALL } from './compressing-connection.js';
import { recordedCallbacks } from './recorded-outbox.js';
import { countContexts } from './zlib/live-contexts.js';

const of = (first: number, payload: string | Uint8Array = '') => frame('client', first, payload);
const CLOSED = 'close: 1006';

afterEach(() => {
  jest.restoreAllMocks();
  zlibJobs.limitTo(4);
});

describe('receiving', () => {
  it.each<[string, Buffer[], string]>([
    ['§7.2.3.1 one frame', [of(0xc1, hex('f2 48 cd c9 c9 07 00'))], 'text: Hello'],
    ['§7.2.3.1 two fragments', [of(0x41, hex('f2 48 cd')), of(0x80, hex('c9 c9 07 00'))], 'text: Hello'],
    ['§7.2.3.3 no compression', [of(0xc1, hex('00 05 00 fa ff 48 65 6c 6c 6f 00'))], 'text: Hello'],
    ['§7.2.3.4 BFINAL', [of(0xc1, hex('f3 48 cd c9 c9 07 00 00'))], 'text: Hello'],
    ['§7.2.3.5 two blocks', [of(0xc1, hex('f2 48 05 00 00 00 ff ff ca c9 c9 07 00'))], 'text: Hello'],
    ['§7.2.3.6 an empty fragment', [of(0x41, hex('f2 48 cd c9 c9 07 00')), of(0x80)], 'text: Hello'],
    ['an empty message', [of(0xc2, hex('00'))], 'binary: '],
  ])('%s, however it is cut', async (_, frames, line) => {
    for (const pieces of everyCut(Buffer.concat(frames))) {
      const { socket, log } = new CompressingConnection();
      for (const piece of pieces) socket.receive(piece);
      await settled();
      expect(log).toEqual([line]);
    }
  });

  it('§7.2.3.2 sharing the window', async () => {
    const { socket, log } = new CompressingConnection({ takeover: true });
    socket.receive(Buffer.concat([of(0xc1, hex('f2 48 cd c9 c9 07 00')), of(0xc1, hex('f2 00 11 00 00'))]));
    await settled();
    expect(log).toEqual(['text: Hello', 'text: Hello']);
  });

  it.each([true, false])(
    'a large message with a ping and a Close behind it: all in order (takeover: %p)',
    async (takeover) => {
      const noisy = noise(30_000).toString('latin1');
      const one = new CompressingConnection({ takeover });
      one.socket.receive(
        Buffer.concat([one.compressed(noisy), of(0x89, 'p'), one.compressed(SMALL), of(0x88, closePayload(1000))]),
      );
      one.socket.receiveEnd();
      expect(one.log).toEqual([]);
      await one.told(`text: ${noisy}`, 'ping: p', 'text: SMALL', 'closing', 'close: 1000');
      expect(one.read()).toEqual(['8a p', '88 03e8']);
    },
  );

  it('a large message and the peer’s end without a Close: the message, then 1006', async () => {
    const one = new CompressingConnection();
    const noisy = noise(30_000).toString('latin1');
    one.socket.receive(one.compressed(noisy));
    one.socket.receiveEnd();
    await one.told(`text: ${noisy}`, 'closing', CLOSED);
  });

  it('large messages in fragments with pings between them', async () => {
    const one = new CompressingConnection();
    const noisy = noise(60_000).toString('latin1');
    const bytes = one.peer.compress(noisy);
    const third = Math.ceil(bytes.length / 3);
    one.socket.receive(of(0x41, bytes.subarray(0, third)));
    await one.until(() => !one.socket.isPaused(), 'the first fragment');
    one.socket.receive(Buffer.concat([of(0x89, '1'), of(0x00, bytes.subarray(third, 2 * third)), of(0x89, '2')]));
    one.socket.receive(of(0x80, bytes.subarray(2 * third)));
    await one.told('ping: 1', 'ping: 2', `text: ${noisy}`);
  });

  it('messages that come one behind the other, small and large', async () => {
    const one = new CompressingConnection({ takeover: true });
    const texts = Array.from({ length: 30 }, (_, i) => `${i} ${noise(i % 3 === 0 ? 25_000 : 50).toString('latin1')}`);
    for (const text of texts) one.socket.receive(one.compressed(text));
    await one.told(...texts.map((text) => `text: ${text}`));
  });

  it.each([
    ['RSV1 on a continuation', [of(0x41, hex('f2 48')), of(0xc0, hex('cd'))], 1002],
    ['RSV1 on a ping', [of(0xc9)], 1002],
    ['RSV2', [of(0xa1)], 1002],
    ['no DEFLATE data', [of(0xc1, hex('06 00'))], 1007],
    ['a reference too far back', [of(0xc1, hex('f2 00 11 00 00'))], 1007],
    ['data cut short', [of(0xc1, hex('f2 48 cd c9'))], 1007],
    ['text that is no UTF-8', [of(0xc1, new DeflatePeer().compress(Buffer.from([0xc3, 0x28])))], 1007],
    [
      'such text in an unfinished message',
      [of(0x41, Buffer.concat([new DeflatePeer().compress(Buffer.from([0xff])), hex('00 00 ff ff')]))],
      1007,
    ],
    ['129 final blocks', [of(0xc1, Buffer.alloc(2 * 129 + 1, hex('03 00')))], 1008],
  ])('%s ends the connection, whole and byte by byte', async (_, frames, code) => {
    for (const pieces of [[Buffer.concat(frames)], byteByByte(Buffer.concat(frames))]) {
      const one = new CompressingConnection();
      for (const piece of pieces) one.socket.receive(piece);
      await settled();
      expect(one.log.map((line) => line.split(':')[0])).toEqual(['error', 'closing']);
      expect(one.read()).toEqual([`88 ${closePayload(code).toString('hex')}`]);
    }
  });

  it.each<[string, Buffer]>([
    ['small', new DeflatePeer().compress(Buffer.alloc(3_000_000))],
    ['large', new DeflatePeer().compress(Buffer.alloc(64_000_000))],
  ])('a bomb of %s size: 1009, and no more than its limit is held', async (_, bomb) => {
    for (const frames of [[of(0xc2, bomb)], [of(0x42, bomb.subarray(0, 1000)), of(0x00, bomb.subarray(1000))]]) {
      const one = new CompressingConnection();
      const contexts = countContexts();
      const before = process.memoryUsage().arrayBuffers;
      one.socket.receive(Buffer.concat(frames));
      await one.until(() => one.log.length > 0, 'the violation');
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16_000_000);
      expect(one.read()).toEqual(['88 03f1']);
      expect(contexts.live).toBe(0);
      jest.restoreAllMocks();
    }
  });

  it('a bomb that goes off while the reader pauses is inflated no further', async () => {
    const contexts = countContexts();
    const one = new CompressingConnection();
    await settled();
    one.socket.receive(of(0xc2, new DeflatePeer().compress(Buffer.alloc(64_000_000))));
    expect(contexts.live).toBe(1);
    one.connection.pause();
    await one.until(() => contexts.live === 0, 'the end of its context');
    expect(one.log).toEqual([]);
    one.connection.resume();
    expect(one.log[0]).toBe('error: the message exceeds maxMessageBytes (RFC 6455 §7.4.1)');
  });

  it('empty blocks without end: 1009', async () => {
    const one = new CompressingConnection({ limits: { maxMessageBytes: 1000, maxFragments: 0 } });
    one.socket.receive(of(0x42, Buffer.alloc(1000, hex('00 00 00 ff ff'))));
    for (let i = 0; i < 3; i++) one.socket.receive(of(0x00, Buffer.alloc(1000, hex('00 00 00 ff ff'))));
    await settled();
    expect(one.read()).toEqual(['88 03f1']);
  });
});

describe('sending', () => {
  it('large and small messages, fragments, pings and the Close leave in the order in which they were sent', async () => {
    const { connection, ...one } = expose(new CompressingConnection({ thresholdBytes: 10 }));
    connection.sendText(LARGE);
    connection.sendText(SMALL);
    connection.ping(Buffer.from('ping'));
    connection.sendMessage(Opcode.BINARY, Buffer.from(LARGE));
    connection.sendFragment(Opcode.TEXT, Buffer.from('frag'), false);
    connection.sendFragment(Opcode.CONTINUATION, Buffer.from('ment'), true);
    connection.sendUncompressed(Opcode.TEXT, Buffer.from(SMALL));
    connection.sendText('tiny');
    connection.pong(Buffer.from('pong'));
    connection.close(1000);
    expect(connection.sendText('late')).toBe(false);
    const lines = [
      'c1 LARGE',
      'c1 SMALL',
      '89 ping',
      'c2 LARGE',
      '1 frag',
      '80 ment',
      '81 SMALL',
      '81 tiny',
      '8a pong',
      '88 03e8',
    ];
    await one.reads(lines);
  });

  it('pings that come meanwhile are answered behind the message, with what they carried', async () => {
    const one = new CompressingConnection({ limits: { maxPendingPongs: 2 } });
    one.connection.sendText(LARGE);
    one.socket.receive(Buffer.concat(['1', '2', '3', '4'].map((payload) => of(0x89, payload))));
    await expose(one).reads(['c1 LARGE', '8a 1', '8a 2', '8a 4']);
  });

  it('the peer’s Close meanwhile: the message, then the answer, then the end', async () => {
    const one = new CompressingConnection();
    one.connection.sendText(LARGE);
    one.socket.receive(of(0x88, closePayload(1001)));
    await one.until(() => one.log.includes('closing') && one.socket.writableFinished, 'the end');
    expect(one.read()).toEqual(['c1 LARGE', '88 03e9']);
  });

  it('messages below the threshold are sent as they are', async () => {
    const one = new CompressingConnection({ thresholdBytes: 100 });
    one.connection.sendText('x'.repeat(99));
    one.connection.sendText('x'.repeat(100));
    await settled();
    expect(one.read()).toEqual([`81 ${'x'.repeat(99)}`, `c1 ${'x'.repeat(100)}`]);
  });

  it.each([true, false])('many messages of all sizes (takeover: %p)', async (takeover) => {
    const one = new CompressingConnection({ takeover, limits: { maxBufferedBytes: 0 } });
    const texts = Array.from({ length: 60 }, (_, i) => `${i} ${'word '.repeat((i % 7) * (i % 5 === 0 ? 2000 : 10))}`);
    for (const text of texts) one.connection.sendText(text);
    await expose(one).reads(texts.map((text) => `c1 ${text}`));
  });

  it('what waits for a compressor is waiting to be sent', async () => {
    const { connection, log, ...one } = expose(new CompressingConnection());
    connection.sendText(LARGE);
    connection.sendText(SMALL);
    expect(connection.bufferedBytes).toBe(LARGE.length + SMALL.length);
    expect(connection.isBehind).toBe(true);
    await one.reads(['c1 LARGE', 'c1 SMALL']);
    expect(connection.bufferedBytes).toBe(0);
    expect(log).toContain('drain');
  });

  it('and limited by maxBufferedBytes', async () => {
    const { connection, log } = new CompressingConnection({ limits: { maxBufferedBytes: LARGE.length + 10 } });
    const { calls, callback } = recordedCallbacks();
    expect(connection.sendText(LARGE, callback('a'))).toBe(true);
    expect(connection.sendText('0123456789', callback('b'))).toBe(true);
    expect(connection.sendText('x', callback('refused: its sender knows'))).toBe(false);
    await settled();
    expect(log.map((line) => line.split(':')[0])).toEqual(expect.arrayContaining(['error', 'close']));
    expect(calls.map((call) => call.split(':')[0])).toEqual(['a', 'b']);
    expect(connection.bufferedBytes).toBe(0);
  });

  it('callbacks are called once each, when the message has left', async () => {
    const { connection, ...one } = expose(new CompressingConnection());
    const { calls, callback } = recordedCallbacks();
    connection.sendText(LARGE, callback('a'));
    connection.sendText(SMALL, callback('b'));
    connection.ping(Buffer.alloc(0), callback('c'));
    connection.sendFragment(Opcode.TEXT, Buffer.alloc(0), true, callback('d'));
    await one.reads(['c1 LARGE', 'c1 SMALL', '89 ', '81 ']);
    expect(calls).toEqual(['a', 'b', 'c', 'd']);
    connection.terminate();
    await settled();
    expect(calls).toHaveLength(4);
  });
});

describe('a connection that ends in the middle of a job', () => {
  it.each([true, false])('gives back everything and harms no other (takeover: %p)', async (takeover) => {
    const contexts = countContexts();
    const { calls, callback } = recordedCallbacks();
    const all = Array.from({ length: 12 }, () => new CompressingConnection({ takeover, maxJobs: 1 }));
    for (const [i, one] of all.entries()) {
      one.connection.sendText(LARGE, callback(`${i} a`));
      one.connection.ping(Buffer.alloc(0), callback(`${i} b`));
      one.connection.sendText(SMALL, callback(`${i} c`));
      one.socket.receive(Buffer.concat([one.compressed(noise(30_000).toString('latin1')), one.compressed(SMALL)]));
    }
    await settled();
    // The first of them ends itself, the second by its peer, all others as they come.
    for (const [i, one] of all.entries()) {
      if (i % 3 === 0) one.connection.terminate();
      else one.socket.destroy(i % 3 === 1 ? new Error('ECONNRESET') : undefined);
      await Promise.resolve();
    }
    await settled();
    for (const one of all) expect(one.log.filter((line) => line.startsWith('close'))).toHaveLength(1);
    const told = calls.map((call) => call.split(':')[0]);
    expect(new Set(told).size).toBe(told.length);
    expect(told).toHaveLength(36);

    const last = new CompressingConnection({ takeover, maxJobs: 1 });
    last.connection.sendText(LARGE);
    await expose(last).reads(['c1 LARGE']);
    last.connection.terminate();
    await settled();
    // The pools keep a few.
    expect(contexts.live).toBeLessThanOrEqual(takeover ? 0 : 2);
  });

  it('holds no context before its first compressed message, in neither direction', async () => {
    const contexts = countContexts();
    const one = new CompressingConnection({ takeover: true, thresholdBytes: 100 });
    one.socket.receive(Buffer.concat([of(0x81, 'plain'), of(0x89)]));
    one.connection.sendText('short');
    await settled();
    expect(contexts.made).toBe(0);
    one.socket.receive(one.compressed(SMALL));
    await settled();
    expect(contexts.made).toBe(1);
    one.connection.sendText('x'.repeat(200));
    expect(contexts.made).toBe(2);
    one.connection.terminate();
    await settled();
    expect(contexts.live).toBe(0);
  });
});

it('a hundred compressing connections leave nothing behind in zlib', async () => {
  const contexts = countContexts();
  const all = Array.from({ length: 100 }, () => new CompressingConnection({ takeover: true }));
  for (const one of all) {
    one.connection.sendText(SMALL);
    one.socket.receive(Buffer.concat([one.compressed(SMALL), of(0x41, one.peer.compress(SMALL).subarray(0, 5))]));
  }
  await settled();
  expect(contexts.live).toBe(200);
  for (const one of all) one.connection.terminate();
  await settled();
  expect(contexts.live).toBe(0);
});

function expose(one: CompressingConnection) {
  const { connection, log, socket } = one;
  /** What the peer reads, once all of it is there; it may come in several turns. */
  const reads = async (lines: string[]): Promise<void> => {
    const read: string[] = [];
    await one.until(() => read.push(...one.read()) >= lines.length, `${lines.length} frames`).catch(() => undefined);
    expect(read).toEqual(lines);
  };
  return { connection, log, socket, reads };
}
