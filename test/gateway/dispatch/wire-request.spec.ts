import { beforeAll, describe, expect, it } from '@jest/globals';
import { BadRequestException, Logger } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import type { OutgoingStream } from '../../../lib/gateway/dispatch/outgoing-stream.js';
import { WireRequest } from '../../../lib/gateway/dispatch/wire-request.js';
import type { WireSocket } from '../../../lib/index.js';

/** A request of several handlers, with what it sent and what it stopped, in order. */
function recordedRequest(handlers = 1): { request: WireRequest; log: unknown[]; stream(name: string): OutgoingStream } {
  const log: unknown[] = [];
  const socket = { send: (text: string) => void log.push(JSON.parse(text)) } as unknown as WireSocket;
  const request = new WireRequest(
    'r',
    socket,
    handlers,
    () => void log.push('ended'),
    () => undefined,
  );
  return {
    request,
    log,
    stream: (name) => ({ stop: () => void log.push(`${name} stopped`) }) as unknown as OutgoingStream,
  };
}

const COMPLETE = { id: 'r', type: 'complete' };
const error = (status: number, code: string, message: string) => ({
  id: 'r',
  type: 'error',
  error: { status, code, message },
});

beforeAll(() => Logger.overrideLogger(false));

describe('WireRequest', () => {
  it('is complete when all of its handlers are', () => {
    const { request, log } = recordedRequest(3);
    request.next(1);
    request.complete();
    request.next(2);
    request.complete();
    expect(log).toEqual([
      { id: 'r', type: 'next', data: 1 },
      { id: 'r', type: 'next', data: 2 },
    ]);
    request.complete();
    expect(log.slice(2)).toEqual(['ended', COMPLETE]);
  });

  it('says nothing after its end, whatever that was', () => {
    for (const end of [
      (request: WireRequest) => request.complete(),
      (request: WireRequest) => request.cancel(),
      (request: WireRequest) => request.error(new WsException('No.')),
    ]) {
      const { request, log } = recordedRequest();
      end(request);
      const { length } = log;
      request.next('late');
      request.complete();
      request.error(new Error('late'));
      request.cancel();
      expect(log).toHaveLength(length);
    }
  });

  it('an error ends it for all of its handlers and stops their streams', () => {
    const { request, log, stream } = recordedRequest(2);
    request.add(stream('a'));
    request.add(stream('b'));
    request.error(new WsException('No.'));
    expect(log).toEqual(['a stopped', 'b stopped', 'ended', error(400, 'BAD_REQUEST', 'No.')]);
  });

  it('a cancel stops the streams and says nothing', () => {
    const { request, log, stream } = recordedRequest();
    request.add(stream('a'));
    request.cancel();
    expect(log).toEqual(['a stopped', 'ended']);
  });

  it('a stream that comes after the end is stopped at once', () => {
    const { request, log, stream } = recordedRequest(2);
    request.cancel();
    request.add(stream('late'));
    expect(log).toEqual(['ended', 'late stopped']);
  });

  it.each([
    ['for the client', new BadRequestException('Wrong.'), error(400, 'BAD_REQUEST', 'Wrong.')],
    ['of ours', new Error('secret'), error(500, 'INTERNAL_ERROR', 'Internal server error')],
    [
      'that JSON cannot say',
      new WsException({ message: 'x', size: 1n }),
      error(500, 'INTERNAL_ERROR', 'Internal server error'),
    ],
  ])('an error %s is written as one', (_, exception, expected) => {
    const { request, log } = recordedRequest();
    request.error(exception);
    expect(log).toEqual(['ended', expected]);
  });

  it('a value that JSON cannot say throws for the stream to report, and the request goes on', () => {
    const { request, log } = recordedRequest();
    expect(() => request.next(1n)).toThrow(TypeError);
    request.complete();
    expect(log).toEqual(['ended', COMPLETE]);
  });
});
