// What is expected of a peer in time, over real TCP connections with a clock that is put forward: signs of life, the rest of a
// message, the end of the closing handshake; and for how long it is expected.

import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Opcode } from '../../lib/frame/opcode.js';
import { closePayload, frame } from '../support/bytes.js';
import { settled } from '../support/scripted-duplex.js';
import { readServerFrames } from '../support/server-frames.js';
import type { Overrides, RecordedConnection } from './recorded-connection.js';
import { tcpPair } from './tcp-pair.js';

const FIRST = 0x01;
const CONTINUATION = 0x00;
const LAST = 0x80;
const CLOSE = 0x88;
const PING = 0x89;
const PONG = 0x8a;
const BINARY = 0x82;
/** Of a server's frame that is longer than 65,535 bytes. */
const HEADER_BYTES = 10;

/** Each time limit is another one, so that what ends a connection shows which it was. */
const WATCHED: Overrides = {
  // Pings of the peer show that its bytes have arrived, and leave no other trace.
  autoPong: false,
  heartbeat: { intervalMs: 25_000, timeoutMs: 20_000 },
  limits: { reassemblyTimeoutMs: 30_000, closeTimeoutMs: 10_000, maxBufferedBytes: 64 * 1024 * 1024 },
};

const ping = frame('server', PING);
const tooSlow = frame('server', CLOSE, closePayload(1008));

describe('PeerWatch', () => {
  let peer: Socket;
  let recorded: RecordedConnection<Socket>;
  let ended: Promise<void>;
  /** What the peer has read, piece by piece. */
  let pieces: Buffer[];

  beforeEach(async () => {
    ({ peer, recorded, ended } = await tcpPair(WATCHED));
    pieces = [];
    peer.on('data', (chunk) => pieces.push(chunk));
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    recorded.start();
  });
  afterEach(async () => {
    peer.destroy();
    await ended;
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  /** Time goes on, and what is due by then is done. */
  async function pass(ms: number): Promise<void> {
    jest.advanceTimersByTime(ms);
    await settled();
  }

  /** The peer says something, and we hear it. */
  async function hear(...frames: readonly Buffer[]): Promise<void> {
    const heard = recorded.tells('ping');
    peer.write(Buffer.concat([...frames, frame('client', PING)]));
    await heard;
  }

  /** What the peer has read, once that is so many bytes. */
  async function read(count: number): Promise<Buffer> {
    while (pieces.reduce((sum, { length }) => sum + length, 0) < count) await once(peer, 'data');
    return Buffer.concat(pieces);
  }

  describe('expects signs of life', () => {
    it('asks a silent peer for one, and ends the connection where none comes', async () => {
      await pass(25_000);
      expect((await read(ping.length)).equals(ping)).toBe(true);
      await pass(20_000);
      await ended;
      expect(await read(0)).toHaveLength(ping.length);
      expect(recorded.log).toEqual(['closing', 'close: 1006']);
    });

    it('goes on with a peer that answers', async () => {
      for (let round = 1; round <= 3; round++) {
        await pass(25_000);
        await read(round * ping.length);
        const answered = recorded.tells('pong');
        peer.write(frame('client', PONG));
        await answered;
      }
      await pass(24_999);
      expect(recorded.socket.destroyed).toBe(false);
      expect(recorded.log).toEqual(['pong:', 'pong:', 'pong:']);
    });

    it('takes a peer that reads for one that is there, though its answer lies behind what it has to read', async () => {
      peer.pause();
      const large = Buffer.alloc(16 * 1024 * 1024);
      recorded.connection.sendUncompressed(Opcode.BINARY, large);
      await pass(25_000);
      await pass(19_000);
      recorded.connection.watchDrain();
      const drained = recorded.tells('drain');
      peer.resume();
      await drained;
      await pass(24_000);
      expect(recorded.socket.destroyed).toBe(false);
      const frames = readServerFrames(await read(HEADER_BYTES + large.length + ping.length));
      expect(frames.map(({ firstByte }) => firstByte)).toEqual([BINARY, PING]);
    });

    it('but not while it does not read what comes', async () => {
      recorded.connection.pause();
      await pass(1_000_000);
      peer.write(frame('client', 0x81, 'waited'));
      await pass(1_000_000);
      const told = recorded.tells('text: waited');
      recorded.connection.resume();
      await told;
      await pass(25_000);
      // The first one, since it reads again.
      expect((await read(ping.length)).equals(ping)).toBe(true);
      await pass(20_000);
      await ended;
    });
  });

  describe('expects the rest of a message', () => {
    it('and closes where the peer is there, and does not come to an end', async () => {
      await hear(frame('client', FIRST, 'a'));
      await pass(20_000);
      await hear(frame('client', CONTINUATION, 'b'));
      await pass(9_999);
      expect(recorded.connection.isOpen).toBe(true);
      await pass(1);
      expect(recorded.connection.isOpen).toBe(false);
      expect((await read(tooSlow.length)).equals(tooSlow)).toBe(true);
    });

    it('but nothing once it has come', async () => {
      await hear(frame('client', FIRST, 'a'));
      await pass(20_000);
      await hear(frame('client', LAST, 'b'));
      await pass(20_000);
      expect(recorded.log).toEqual(['ping:', 'text: ab', 'ping:']);
      expect(recorded.connection.isOpen).toBe(true);
    });

    it('and gives it what was left of its time when reading went on', async () => {
      await hear(frame('client', FIRST, 'a'));
      await pass(20_000);
      recorded.connection.pause();
      await pass(1_000_000);
      recorded.connection.resume();
      await pass(9_999);
      expect(recorded.connection.isOpen).toBe(true);
      await pass(1);
      expect(recorded.connection.isOpen).toBe(false);
      expect((await read(tooSlow.length)).equals(tooSlow)).toBe(true);
    });
  });

  describe('expects the end of the closing handshake', () => {
    const goingAway = frame('server', CLOSE, closePayload(1001));

    it('and no sign of life any more: it ends the connection of a peer that does not go on with it', async () => {
      await pass(20_000);
      recorded.connection.close(1001);
      await pass(9_999);
      expect(recorded.socket.destroyed).toBe(false);
      await pass(1);
      await ended;
      expect((await read(goingAway.length)).equals(goingAway)).toBe(true);
      expect(recorded.log).toEqual(['closing', 'close: 1006']);
    });

    it('from the first Close frame on, whatever comes behind it', async () => {
      recorded.connection.close(1001);
      await pass(6_000);
      peer.write(frame('client', CLOSE, closePayload(1001)));
      await once(peer, 'end');
      await pass(3_999);
      expect(recorded.socket.destroyed).toBe(false);
      await pass(1);
      await ended;
      expect(recorded.log).toEqual(['closing', 'close: 1001']);
    });
  });

  describe('expects nothing any more where the connection has ended', () => {
    it.each([
      ['an answer to a ping', () => pass(25_000)],
      ['the rest of a message', () => hear(frame('client', FIRST, 'a'))],
      ['the end of the closing handshake', async () => recorded.connection.close(1001)],
    ])('that waited for %s', async (_, begin) => {
      await begin();
      expect(jest.getTimerCount()).toBeGreaterThan(0);
      peer.resetAndDestroy();
      await ended;
      expect(jest.getTimerCount()).toBe(0);
      expect(recorded.log.filter((line) => line.startsWith('close:'))).toEqual(['close: 1006']);
    });
  });
});
