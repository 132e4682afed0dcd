// How a reader that cannot keep up stops a conversation, and how it goes on.

import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { ProtocolError } from '../../lib/frame/protocol-error.js';
import { closePayload, cut, frame, type Role, ROLES } from '../support/bytes.js';
import { recordedConversation } from './recorded-conversation.js';

describe.each(ROLES)('a paused conversation as %s', (role) => {
  const peer: Role = role === 'server' ? 'client' : 'server';
  const of = (first: number, payload: string | Uint8Array = '') => frame(peer, first, payload);
  const three = () => Buffer.concat([of(0x81, '1'), of(0x81, '2'), of(0x81, '3')]);

  it('stops behind the message that paused it and goes on from there', () => {
    const { conversation, receive, during, on } = recordedConversation(role);
    on('text: 1', () => conversation.pause());
    expect(receive([three()])).toEqual(['text: 1']);
    expect(conversation.isPaused).toBe(true);
    expect(during(() => conversation.resume())).toEqual(['text: 2', 'text: 3']);
    expect(conversation.isPaused).toBe(false);
    expect(receive([of(0x81, '4')])).toEqual(['text: 4']);
  });

  it('keeps what it receives while it is paused, in chunks that are filled anew each time', () => {
    const { conversation, during, on } = recordedConversation(role);
    const chunk = Buffer.alloc(64);
    const give = (...frames: Buffer[]): void => conversation.receive(chunk, Buffer.concat(frames).copy(chunk));
    on('text: 1', () => conversation.pause());
    expect(during(() => give(of(0x81, '1'), of(0x81, '2'), of(0x01, '3')))).toEqual(['text: 1']);
    expect(during(() => give(of(0x80, '4'), of(0x81, '5')))).toEqual([]);
    expect(during(() => give(of(0x81, '6')))).toEqual([]);
    expect(during(() => conversation.resume())).toEqual(['text: 2', 'text: 34', 'text: 5', 'text: 6']);
  });

  it('ends when its chunk is filled anew while a message of it is handed over', () => {
    const { conversation, during, on } = recordedConversation(role);
    const chunk = Buffer.concat([of(0x81, '1'), of(0x81, '2')]);
    on('text: 1', () => conversation.receive(chunk));
    expect(during(() => conversation.receive(chunk)).at(-1)).toBe('end transport');
    expect(conversation.isOpen).toBe(false);
  });

  it('can be paused at each message', () => {
    const { conversation, receive, during, on } = recordedConversation(role);
    on('text', () => conversation.pause());
    expect(receive([three()])).toEqual(['text: 1']);
    expect(during(() => conversation.resume())).toEqual(['text: 2']);
    expect(during(() => conversation.resume())).toEqual(['text: 3']);
    expect(during(() => conversation.resume())).toEqual([]);
  });

  it('goes on without recursion when it is resumed from within a message', () => {
    const { conversation, receive, on, log } = recordedConversation(role);
    let depth = 0;
    on('text', () => {
      expect(++depth).toBe(1);
      conversation.pause();
      conversation.resume();
      depth--;
    });
    receive([Buffer.concat(Array.from({ length: 20_000 }, () => of(0x81, 'x')))]);
    expect(log).toHaveLength(20_000);
  });

  it('keeps what it receives before the reading begins', () => {
    const { conversation, receive, during } = recordedConversation(role);
    conversation.pause();
    expect(receive([three()])).toEqual([]);
    expect(during(() => conversation.resume())).toEqual(['text: 1', 'text: 2', 'text: 3']);
  });

  it('holds back pings, the Close and broken rules as well', () => {
    const { conversation, receive, during, on } = recordedConversation(role);
    on('text: 1', () => conversation.pause());
    receive([Buffer.concat([of(0x81, '1'), of(0x89, 'p'), of(0x88, closePayload(1000))])]);
    expect(conversation.isOpen).toBe(true);
    expect(during(() => conversation.resume()).slice(0, 4)).toEqual([
      'send a: 70',
      'ping: p',
      'begin closing',
      'send 8: 03e8',
    ]);

    const other = recordedConversation(role);
    other.conversation.pause();
    expect(other.receive([of(0x83)])).toEqual([]);
    expect(other.during(() => other.conversation.resume())[0]).toBe('violation: reserved-opcode');
  });

  it('can close, and hands over the rest afterwards', () => {
    const { conversation, receive, during, on } = recordedConversation(role);
    on('text: 1', () => conversation.pause());
    receive([three()]);
    expect(during(() => conversation.close(1000))).toEqual(['begin closing', 'send 8: 03e8']);
    expect(during(() => conversation.resume())).toEqual(['text: 2', 'text: 3']);
  });

  it('hands over the rest before the end that came meanwhile', () => {
    const { conversation, receive, during, on } = recordedConversation(role);
    on('text: 1', () => conversation.pause());
    receive([three()]);
    expect(during(() => conversation.receiveEnd())).toEqual([]);
    expect(during(() => conversation.resume())).toEqual(['text: 2', 'text: 3', 'begin closing', 'end transport']);
  });

  it.each<[string, (conversation: ReturnType<typeof recordedConversation>['conversation']) => void]>([
    ['fails', (conversation) => conversation.fail(new ProtocolError('message-too-slow'))],
    ['loses its transport', (conversation) => conversation.transportEnded()],
  ])('has nothing more to hand over once it %s', (_, happen) => {
    const { conversation, receive, during, on } = recordedConversation(role);
    on('text: 1', () => conversation.pause());
    receive([three()]);
    happen(conversation);
    expect(during(() => conversation.resume())).toEqual([]);
    expect(conversation.isPaused).toBe(false);
  });

  it('resumes in the middle of frames and fragments', () => {
    const { conversation, receive, during, on } = recordedConversation(role);
    on('text: 1', () => conversation.pause());
    const last = of(0x80, 'é');
    const begin = Buffer.concat([of(0x81, '1'), of(0x01, 'a'), of(0x89), last.subarray(0, 3)]);
    expect(receive([begin])).toEqual(['text: 1']);
    expect(during(() => conversation.resume())).toEqual(['send a: ', 'ping: ']);
    expect(receive([last.subarray(3)])).toEqual(['text (not ASCII): aé']);
  });

  it('changes nothing but the time, wherever it pauses and however the bytes are cut', () => {
    const frames = fc.array(
      fc.tuple(fc.constantFrom(0x81, 0x82, 0x89, 0x8a, 0x88, 0x83, 0x01, 0x80), fc.string({ maxLength: 10 })),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.nat(150), { maxLength: 8 }),
        fc.integer({ min: 1, max: 3 }),
        (frames, places, every) => {
          const bytes = Buffer.concat(frames.map(([first, payload]) => of(first, payload)));
          const straight = recordedConversation(role);
          straight.receive([Buffer.from(bytes)]);

          const paused = recordedConversation(role);
          let messages = 0;
          for (const kind of ['text', 'binary', 'ping', 'pong']) {
            paused.on(kind, () => {
              if (++messages % every === 0) paused.conversation.pause();
            });
          }
          for (const piece of cut(bytes, ...places)) {
            paused.conversation.receive(piece);
            while (paused.conversation.isPaused) paused.conversation.resume();
          }
          expect(paused.log).toEqual(straight.log);
        },
      ),
      { numRuns: 200 },
    );
  });
});
