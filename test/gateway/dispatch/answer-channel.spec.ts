import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { BareChannel, RawChannel } from '../../../lib/gateway/dispatch/answer-channel.js';
import type { WireSocket } from '../../../lib/index.js';

function recordedSocket(): { socket: WireSocket; log: unknown[] } {
  const log: unknown[] = [];
  const socket = {
    send: (data: unknown) => void log.push(data),
    close: (code: number) => void log.push(`close ${code}`),
  } as unknown as WireSocket;
  return { socket, log };
}

beforeAll(() => Logger.overrideLogger(false));

describe('BareChannel', () => {
  it('writes each value by itself and nothing at the end', () => {
    const { socket, log } = recordedSocket();
    const channel = new BareChannel(socket, { reportsErrors: true });
    channel.next({ a: 1 });
    channel.next('text');
    channel.complete();
    expect(log).toEqual(['{"a":1}', '"text"']);
  });

  it.each([
    [new WsException('For you.'), 'For you.'],
    [new Error('secret'), 'Internal server error'],
    [Object.create(null), 'Internal server error'],
  ])('an error is an exception event: %p', (error, message) => {
    const { socket, log } = recordedSocket();
    new BareChannel(socket, { reportsErrors: true }).error(error);
    expect(log).toEqual([JSON.stringify({ event: 'exception', data: { status: 'error', message } })]);
  });

  it('an error is silence where platform-ws is silent', () => {
    const { socket, log } = recordedSocket();
    new BareChannel(socket, { reportsErrors: false }).error(new Error('secret'));
    expect(log).toEqual([]);
  });
});

describe('RawChannel', () => {
  it('writes text and bytes as they are', () => {
    const { socket, log } = recordedSocket();
    const channel = new RawChannel(socket);
    const values = ['text', new Uint8Array([1]), new ArrayBuffer(1), new DataView(new ArrayBuffer(1))];
    for (const value of values) channel.next(value);
    channel.complete();
    expect(log).toEqual(values);
  });

  it('throws for anything else, and an error is the end of the connection', () => {
    const { socket, log } = recordedSocket();
    const channel = new RawChannel(socket);
    for (const value of [5, {}, true, null, undefined]) {
      expect(() => channel.next(value)).toThrow('a handler of @OnText() or @OnBinary() answers with a string or bytes');
    }
    channel.error(new Error('secret'));
    expect(log).toEqual(['close 1011']);
  });
});
