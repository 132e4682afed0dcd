import { Buffer } from 'node:buffer';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { refuseUpgrade } from '../../../lib/gateway/handshake/refuse-upgrade.js';
import { ScriptedDuplex, settled } from '../../support/scripted-duplex.js';

const ANSWER = Buffer.from('HTTP/1.1 404 Not Found\r\n\r\n');

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe('refuseUpgrade', () => {
  it('answers, ends our side, and reads what still comes so that the answer arrives', async () => {
    const socket = new ScriptedDuplex();
    refuseUpgrade(socket, ANSWER, 10_000);
    socket.receive(Buffer.alloc(100_000));
    await settled();
    expect(socket.written.equals(ANSWER)).toBe(true);
    expect(socket.writableFinished).toBe(true);
    expect(socket.readableLength).toBe(0);
    expect(socket.destroyed).toBe(false);
    socket.receiveEnd();
    await settled();
    expect(socket.destroyed).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('cuts off a peer that does not close its side in time', async () => {
    const socket = new ScriptedDuplex();
    refuseUpgrade(socket, ANSWER, 10_000);
    await settled();
    jest.advanceTimersByTime(9_999);
    expect(socket.destroyed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(socket.destroyed).toBe(true);
  });

  it('0 waits for as long as it takes', () => {
    refuseUpgrade(new ScriptedDuplex(), ANSWER, 0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('has nothing to say to a peer that has left', () => {
    const socket = new ScriptedDuplex();
    socket.destroy();
    refuseUpgrade(socket, ANSWER, 10_000);
    expect(socket.writes).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
