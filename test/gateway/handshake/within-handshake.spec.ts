// The limit within which the application may think about a handshake, and the peer that leaves meanwhile.

import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { PEER_GONE, SERVER_CLOSING, withinHandshake } from '../../../lib/gateway/handshake/within-handshake.js';

const never = (): Promise<never> => new Promise(() => undefined);

describe('withinHandshake', () => {
  const server = new EventEmitter();

  it('is over when the server begins to close, and leaves no listener behind', async () => {
    const verdict = withinHandshake(new PassThrough(), server, 0, never);
    server.emit('closing');
    expect(await verdict).toBe(SERVER_CLOSING);
    expect([server.listenerCount('closing'), server.getMaxListeners()]).toEqual([0, EventEmitter.defaultMaxListeners]);
  });

  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('thinking without end is a 503 at the limit, not before', async () => {
    const seen: unknown[] = [];
    void withinHandshake(new PassThrough(), server, 10_000, never).then((verdict) => seen.push(verdict));
    await jest.advanceTimersByTimeAsync(9_999);
    expect(seen).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(seen).toEqual([{ status: 503, message: 'The handshake took too long.' }]);
  });

  it('0 waits for as long as it takes', async () => {
    const seen: unknown[] = [];
    void withinHandshake(new PassThrough(), server, 0, never).then((verdict) => seen.push(verdict));
    await jest.advanceTimersByTimeAsync(10_000_000);
    expect(seen).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it.each(['end', 'close'])('a peer that leaves (%s) ends it', async (event) => {
    const socket = new PassThrough();
    const verdict = withinHandshake(socket, server, 10_000, never);
    socket.emit(event);
    expect(await verdict).toBe(PEER_GONE);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('a verdict, or what is thrown, leaves neither timer nor listeners behind', async () => {
    const socket = new PassThrough();
    const before = [socket.listenerCount('end'), socket.listenerCount('close')];
    expect(await withinHandshake(socket, server, 10_000, () => Promise.resolve('verdict'))).toBe('verdict');
    const thrown = withinHandshake(socket, server, 10_000, () => Promise.reject(new Error('thrown')));
    await expect(thrown).rejects.toThrow('thrown');
    expect([socket.listenerCount('end'), socket.listenerCount('close')]).toEqual(before);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('what is thrown too late is nobody’s concern', async () => {
    const late = (): Promise<never> =>
      new Promise((_resolve, reject) => setTimeout(reject, 20_000, new Error('too late')));
    const verdict = withinHandshake(new PassThrough(), server, 10_000, late);
    await jest.advanceTimersByTimeAsync(30_000);
    expect(await verdict).toMatchObject({ status: 503 });
  });
});
