// How connections end: the closing handshake from both sides, its time limit, and every way in which a peer may vanish.

import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Opcode } from '../../lib/frame/opcode.js';
import { within } from '../support/bounded-wait.js';
import { closePayload, frame } from '../support/bytes.js';
import { settled } from '../support/scripted-duplex.js';
import { readServerFrames } from '../support/server-frames.js';
import { type RecordedConnection, recordedConnection } from './recorded-connection.js';
import { tcpPair } from './tcp-pair.js';

const TEXT = 0x81;
const CLOSE = 0x88;
const PING = 0x89;

const close = (code?: number, reason = '') =>
  frame('client', CLOSE, code === undefined ? '' : closePayload(code, reason));
const text = (payload: string) => frame('client', TEXT, payload);

afterEach(() => {
  jest.useRealTimers();
});

describe('the closing handshake', () => {
  it.each([
    ['a code', closePayload(4000), closePayload(4000), 'close: 4000'],
    ['a code and a reason', closePayload(1000, 'adiós'), closePayload(1000, 'adiós'), 'close: 1000 adiós'],
    ['nothing', Buffer.alloc(0), Buffer.alloc(0), 'close: 1005'],
  ])('begun by the peer with %s is answered, and then the server ends first (§7.1.1)', async (_, sent, answer, end) => {
    const { socket, log } = recordedConnection().start();
    socket.receive(frame('client', CLOSE, sent));
    await settled();
    expect(socket.written.equals(frame('server', CLOSE, answer))).toBe(true);
    expect(socket.writableFinished).toBe(true);
    expect(log).toEqual(['closing']);
    socket.receiveEnd();
    await settled();
    expect(log).toEqual(['closing', end]);
  });

  it('begun by us is over when the peer has answered and ended', async () => {
    const { socket, connection, log } = recordedConnection().start();
    connection.close(4001, 'enough');
    expect(connection.readyState).toBe(2);
    await settled();
    expect(socket.takeWritten().equals(frame('server', CLOSE, closePayload(4001, 'enough')))).toBe(true);
    expect(socket.writableEnded).toBe(false);
    socket.receive(close(4001, 'enough'));
    await settled();
    expect(socket.writableFinished).toBe(true);
    socket.receiveEnd();
    await settled();
    expect(log).toEqual(['closing', 'close: 4001 enough']);
    expect(socket.writes).toEqual([]);
  });

  it('begun by both at once: one Close frame each', async () => {
    const { socket, connection, log } = recordedConnection().start();
    socket.receive(close(4002));
    connection.close(4001);
    await settled();
    socket.receiveEnd();
    await settled();
    expect(readServerFrames(socket.written)).toEqual([{ firstByte: CLOSE, payload: closePayload(4001) }]);
    expect(log).toEqual(['closing', 'close: 4002']);
  });

  it('messages still arrive until the peer has answered (§7.1.2)', async () => {
    const { socket, connection, log } = recordedConnection().start();
    connection.close();
    socket.receive(Buffer.concat([text('on its way'), close(), text('after its Close')]));
    await settled();
    expect(log).toEqual(['closing', 'text: on its way']);
  });

  it('comes behind what waits to be sent', async () => {
    const { socket, connection } = recordedConnection().start();
    socket.block();
    connection.sendMessage(Opcode.BINARY, Buffer.alloc(30_000));
    await settled();
    connection.sendText('last');
    connection.close(1000);
    socket.receive(close(1000));
    await settled();
    socket.takeWritten();
    socket.unblock();
    await settled();
    expect(readServerFrames(socket.takeWritten()).map(({ firstByte }) => firstByte)).toEqual([TEXT, CLOSE]);
    expect(socket.writableFinished).toBe(true);
  });

  it('a code or reason that must not be sent throws and changes nothing', () => {
    const { connection, log } = recordedConnection().start();
    expect(() => connection.close(1005)).toThrow(TypeError);
    expect(() => connection.close(1000, 'x'.repeat(124))).toThrow(RangeError);
    expect(connection.isOpen).toBe(true);
    expect(log).toEqual([]);
  });

  it('a second close, from either side, changes nothing', async () => {
    const { socket, connection, log } = recordedConnection().start();
    connection.close(4001);
    connection.close(4002);
    socket.receive(Buffer.concat([close(4001), close(4003)]));
    socket.receiveEnd();
    await settled();
    connection.close(4004);
    connection.terminate();
    await settled();
    expect(log).toEqual(['closing', 'close: 4001']);
    expect(readServerFrames(socket.written)).toHaveLength(1);
  });
});

describe('closeTimeoutMs', () => {
  it.each([
    ['a peer that never answers our Close', (recorded: RecordedConnection) => recorded.connection.close(1001)],
    [
      'a peer that closes and never ends its side',
      (recorded: RecordedConnection) => recorded.socket.receive(close(1000)),
    ],
    [
      'a peer that broke a rule and stays',
      (recorded: RecordedConnection) => recorded.socket.receive(frame('server', TEXT, 'x')),
    ],
  ])('cuts off %s', async (_, begin) => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const recorded = recordedConnection({ limits: { closeTimeoutMs: 10_000 } }).start();
    begin(recorded);
    await settled();
    jest.advanceTimersByTime(9_999);
    expect(recorded.socket.destroyed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(recorded.socket.destroyed).toBe(true);
    await settled();
    expect(recorded.log.filter((line) => line.startsWith('close:'))).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('counts from the first Close frame, whatever follows', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const { socket, connection } = recordedConnection({ limits: { closeTimeoutMs: 10_000 } }).start();
    connection.close(1001);
    jest.advanceTimersByTime(9_000);
    socket.receive(close(1001));
    await settled();
    jest.advanceTimersByTime(1_000);
    expect(socket.destroyed).toBe(true);
  });

  it('is forgotten when the connection ends in time', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const { socket, connection, log } = recordedConnection({ limits: { closeTimeoutMs: 10_000 } }).start();
    connection.close(1001);
    socket.receive(close(1001));
    socket.receiveEnd();
    await settled();
    expect(log).toEqual(['closing', 'close: 1001']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('0 waits for as long as it takes', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const { socket, connection } = recordedConnection({ limits: { closeTimeoutMs: 0 } }).start();
    connection.close(1001);
    jest.advanceTimersByTime(1_000_000);
    expect(socket.destroyed).toBe(false);
  });
});

describe('the heartbeat of a connection', () => {
  const heartbeat = { intervalMs: 25_000, timeoutMs: 20_000 };

  it('pings a quiet line, and cuts it off as 1006 when nothing comes back', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const { socket, log } = recordedConnection({ heartbeat }).start();
    jest.advanceTimersByTime(25_000);
    await settled();
    expect(socket.takeWritten().equals(frame('server', PING))).toBe(true);
    jest.advanceTimersByTime(20_000);
    await settled();
    expect(log).toEqual(['closing', 'close: 1006']);
  });

  it.each([
    ['a pong', frame('client', 0x8a)],
    ['a message', text('x')],
    ['one byte of a frame', text('x').subarray(0, 1)],
  ])('%s is life', async (_, bytes) => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const { socket } = recordedConnection({ heartbeat }).start();
    jest.advanceTimersByTime(44_000);
    socket.receive(bytes);
    await settled();
    jest.advanceTimersByTime(44_000);
    expect(socket.destroyed).toBe(false);
  });

  it.each(['before it is started', 'later'])('does not take a connection that we paused %s for lost', async (when) => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const recorded = recordedConnection({ heartbeat });
    if (when === 'later') recorded.start();
    recorded.connection.pause();
    if (when !== 'later') recorded.start(text('waits'));
    jest.advanceTimersByTime(1_000_000);
    await settled();
    expect(recorded.socket.destroyed).toBe(false);
    recorded.connection.resume();
    jest.advanceTimersByTime(45_000);
    await settled();
    expect(recorded.socket.destroyed).toBe(true);
  });

  it('says nothing more once the closing handshake has begun', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const { socket, connection, log } = recordedConnection({ heartbeat }).start();
    connection.close(1000);
    socket.receive(close(1000));
    await settled();
    jest.advanceTimersByTime(1_000_000);
    await settled();
    expect(readServerFrames(socket.written).map(({ firstByte }) => firstByte)).toEqual([CLOSE]);
    expect(log).toEqual(['closing']);
  });

  it('does not come back to life with a resume after the end', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const { connection } = recordedConnection({ heartbeat }).start();
    connection.pause();
    connection.terminate();
    await settled();
    connection.resume();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('over TCP', () => {
  it('the end of the peer without a Close frame is 1006, and ends our side too', async () => {
    const { peer, recorded, ended } = await tcpPair();
    recorded.start();
    peer.end(text('last'));
    await ended;
    expect(recorded.log).toEqual(['text: last', 'closing', 'close: 1006']);
  });

  it('what the peer still may read leaves before our side ends', async () => {
    const { peer, recorded, ended } = await tcpPair();
    const received = peer.toArray();
    recorded.start();
    recorded.on('text', () => recorded.connection.sendText('answer'));
    peer.end(text('question'));
    await ended;
    expect(Buffer.concat(await received).equals(frame('server', TEXT, 'answer'))).toBe(true);
  });

  it('a reset is an error and a 1006, once', async () => {
    const { peer, recorded, ended } = await tcpPair();
    recorded.start();
    peer.write(text('here'));
    await recorded.tells('text');
    peer.resetAndDestroy();
    await ended;
    expect(recorded.log).toEqual(['text: here', 'closing', 'error: Error: read ECONNRESET', 'close: 1006']);
  });

  it.each([
    ['resets', (peer: Socket) => void peer.resetAndDestroy()],
    ['ends', (peer: Socket) => void peer.destroy()],
    ['half-closes', (peer: Socket) => void peer.end()],
  ])('a peer that %s before the connection is started ends it', async (_, leave) => {
    const { peer, recorded, ended } = await tcpPair();
    const gone = new Promise((resolve) => {
      recorded.socket.once('end', resolve).once('close', resolve);
    });
    leave(peer);
    // Without a reader the stream tells of an end only because nothing is left to read.
    await within(gone, 'the news of it');
    recorded.start();
    await ended;
    expect(recorded.log.at(-1)).toBe('close: 1006');
    expect(recorded.connection.readyState).toBe(3);
  });

  it('a stream that fails is an error and a 1006', async () => {
    const { recorded, ended } = await tcpPair();
    recorded.start();
    recorded.socket.destroy(new Error('cable cut'));
    await ended;
    expect(recorded.log).toEqual(['closing', 'error: Error: cable cut', 'close: 1006']);
  });

  it('terminate cuts it at once, and a second one changes nothing', async () => {
    const { recorded, ended } = await tcpPair();
    recorded.start();
    recorded.connection.terminate();
    recorded.connection.terminate();
    await ended;
    expect(recorded.log).toEqual(['closing', 'close: 1006']);
  });

  it('terminated before it is started, it ends at the start', async () => {
    const { recorded } = await tcpPair();
    recorded.connection.terminate();
    recorded.start(text('never read'));
    expect(recorded.log).toEqual(['closing', 'close: 1006']);
    await settled();
    expect(recorded.log).toEqual(['closing', 'close: 1006']);
  });
});
