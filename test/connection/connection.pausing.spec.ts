// Reading held back, and messages that take too long to arrive.

import { Buffer } from 'node:buffer';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { closePayload, frame } from '../support/bytes.js';
import { settled } from '../support/scripted-duplex.js';
import { readServerFrames } from '../support/server-frames.js';
import { recordedConnection } from './recorded-connection.js';

const FIRST = 0x01;
const CONTINUATION = 0x00;
const LAST = 0x80;
const CLOSE = 0x88;

const text = (payload: string) => frame('client', 0x81, payload);

describe('pause', () => {
  it('takes effect before the next message of the same chunk', async () => {
    const recorded = recordedConnection();
    recorded.on('text: a', () => recorded.connection.pause());
    recorded.start();
    recorded.socket.receive(Buffer.concat([text('a'), text('b'), text('c')]));
    await settled();
    expect(recorded.log).toEqual(['text: a']);
    expect(recorded.connection.isPaused).toBe(true);
    recorded.on('text: b', () => recorded.connection.pause());
    recorded.connection.resume();
    expect(recorded.log).toEqual(['text: a', 'text: b']);
    recorded.connection.resume();
    recorded.socket.receive(text('d'));
    await settled();
    expect(recorded.log).toEqual(['text: a', 'text: b', 'text: c', 'text: d']);
  });

  it('holds back what the stream gives later: nothing is lost or out of order', async () => {
    const { socket, connection, log } = recordedConnection().start();
    socket.receive(text('a').subarray(0, 3));
    await settled();
    connection.pause();
    socket.receive(text('a').subarray(3));
    for (const letter of 'bcdef') socket.receive(text(letter));
    await settled();
    expect(log).toEqual([]);
    connection.resume();
    await settled();
    expect(log).toEqual('abcdef'.split('').map((letter) => `text: ${letter}`));
  });

  it('holds back the head when it comes before the start', async () => {
    const recorded = recordedConnection();
    recorded.connection.pause();
    recorded.start(Buffer.concat([text('a'), text('b')]));
    recorded.socket.receive(text('c'));
    await settled();
    expect(recorded.log).toEqual([]);
    recorded.connection.resume();
    await settled();
    expect(recorded.log).toEqual(['text: a', 'text: b', 'text: c']);
  });

  it('holds back the end of the stream as well', async () => {
    const { socket, connection, log } = recordedConnection().start();
    connection.pause();
    socket.receive(text('a'));
    socket.receiveEnd();
    await settled();
    expect(log).toEqual([]);
    connection.resume();
    await settled();
    expect(log).toEqual(['text: a', 'closing', 'close: 1006']);
  });

  it('does not hold back sending', async () => {
    const { socket, connection } = recordedConnection().start();
    connection.pause();
    connection.sendText('out');
    await settled();
    expect(socket.written.equals(frame('server', 0x81, 'out'))).toBe(true);
  });

  it('the answers to what a resume brings leave in one write', async () => {
    const recorded = recordedConnection().start();
    recorded.connection.pause();
    recorded.on('text: a', () => recorded.connection.sendText('A'));
    recorded.on('text: b', () => recorded.connection.sendText('B'));
    recorded.socket.receive(Buffer.concat([text('a'), text('b')]));
    recorded.connection.resume();
    await settled();
    expect(recorded.socket.writes).toHaveLength(1);
  });

  it('pause and resume by turns, in handlers, leave the order alone', async () => {
    const recorded = recordedConnection().start();
    const { connection } = recorded;
    recorded.on('text: a', () => {
      connection.pause();
      connection.resume();
      connection.resume();
    });
    recorded.on('text: b', () => {
      connection.pause();
      setImmediate(() => connection.resume());
    });
    recorded.socket.receive(Buffer.concat([text('a'), text('b'), text('c')]));
    recorded.socket.receive(text('d'));
    await settled();
    expect(recorded.log).toEqual(['text: a', 'text: b', 'text: c', 'text: d']);
  });

  it('resume of what is not paused, or is over, does nothing', async () => {
    const { connection, socket, log } = recordedConnection().start();
    connection.resume();
    connection.pause();
    socket.receive(text('a'));
    connection.terminate();
    await settled();
    connection.resume();
    await settled();
    expect(log).toEqual(['closing', 'close: 1006']);
  });
});

describe('reassemblyTimeoutMs', () => {
  const limits = { reassemblyTimeoutMs: 30_000 };
  const failed = { firstByte: CLOSE, payload: closePayload(1008) };

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('a message that is not complete in time fails the connection with 1008', async () => {
    const { socket, log } = recordedConnection({ limits }).start();
    socket.receive(frame('client', FIRST, 'a'));
    await settled();
    jest.advanceTimersByTime(29_999);
    await settled();
    expect(log).toEqual([]);
    jest.advanceTimersByTime(1);
    await settled();
    expect(log).toEqual([
      'error: ProtocolError: the message was not complete within reassemblyTimeoutMs (RFC 6455 §10.4)',
      'closing',
    ]);
    expect(readServerFrames(socket.written)).toEqual([failed]);
  });

  it('more fragments, and control frames between them, give it no more time', async () => {
    const { socket } = recordedConnection({ limits }).start();
    socket.receive(frame('client', FIRST, 'a'));
    for (let i = 0; i < 30; i++) {
      await settled();
      jest.advanceTimersByTime(1_000);
      socket.receive(frame('client', CONTINUATION, 'b'));
      socket.receive(frame('client', 0x8a, ''));
    }
    await settled();
    expect(readServerFrames(socket.written)).toEqual([failed]);
  });

  it('a frame that drips counts like fragments', async () => {
    const bytes = text('x'.repeat(100));
    const { socket } = recordedConnection({ limits }).start();
    for (let i = 0; i < 31; i++) {
      socket.receive(bytes.subarray(i, i + 1));
      await settled();
      jest.advanceTimersByTime(1_200);
    }
    await settled();
    expect(readServerFrames(socket.written)).toEqual([failed]);
  });

  it('each message has the whole time for itself', async () => {
    const { socket, log } = recordedConnection({ limits }).start();
    socket.receive(frame('client', FIRST, '0'));
    for (let i = 0; i < 5; i++) {
      await settled();
      jest.advanceTimersByTime(20_000);
      // The end of one and the beginning of the next in one chunk.
      socket.receive(Buffer.concat([frame('client', LAST, 'x'), frame('client', FIRST, String(i + 1))]));
    }
    await settled();
    expect(log).toHaveLength(5);
    expect(socket.written).toHaveLength(0);
  });

  it('is over with the message, and with the connection', async () => {
    const { socket, connection } = recordedConnection({ limits }).start();
    socket.receive(frame('client', FIRST, 'a'));
    await settled();
    expect(jest.getTimerCount()).toBe(1);
    socket.receive(frame('client', LAST, 'b'));
    await settled();
    expect(jest.getTimerCount()).toBe(0);
    socket.receive(frame('client', FIRST, 'a'));
    await settled();
    connection.terminate();
    await settled();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('does not run while we are paused, and begins anew with the resume', async () => {
    const { socket, connection } = recordedConnection({ limits }).start();
    socket.receive(frame('client', FIRST, 'a'));
    await settled();
    connection.pause();
    jest.advanceTimersByTime(100_000);
    await settled();
    expect(socket.written).toHaveLength(0);
    connection.resume();
    jest.advanceTimersByTime(30_000);
    await settled();
    expect(readServerFrames(socket.written)).toEqual([failed]);
  });

  it('does not run while we are paused by the handler of a frame between the fragments', async () => {
    const recorded = recordedConnection({ limits }).start();
    recorded.on('pong', () => recorded.connection.pause());
    recorded.socket.receive(Buffer.concat([frame('client', FIRST, 'a'), frame('client', 0x8a)]));
    await settled();
    jest.advanceTimersByTime(100_000);
    await settled();
    expect(recorded.log).toEqual(['pong:']);
  });

  it('0 gives a message all the time of the world', async () => {
    const { socket, log } = recordedConnection({ limits: { reassemblyTimeoutMs: 0 } }).start();
    socket.receive(frame('client', FIRST, 'a'));
    await settled();
    jest.advanceTimersByTime(1_000_000);
    expect(log).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
