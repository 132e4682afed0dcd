// A conversation whose messages are inflated elsewhere, with an inflater that answers when the test says so: order, and
// what may happen meanwhile.

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from '../../lib/frame/protocol-error.js';
import { Conversation } from '../../lib/protocol/conversation.js';
import { ScriptedInflater } from '../extension/scripted-inflater.js';
import { closePayload, frame, type Role, ROLES } from '../support/bytes.js';

function inflatingConversation(role: Role, isLate = true) {
  const log: string[] = [];
  const reactions = new Map<string, () => void>();
  const note = (line: string) => {
    log.push(line);
    reactions.get(line)?.();
  };
  const inflater = new ScriptedInflater(isLate);
  const conversation: Conversation = new Conversation(
    role,
    { maxMessageBytes: 1000, maxFragments: 8 },
    {
      receiveMessage: (payload, isBinary) => note(`${isBinary ? 'binary' : 'text'}: ${payload.toString()}`),
      receivePing: (payload) => note(`ping: ${payload.toString()}`),
      receivePong: (payload) => note(`pong: ${payload.toString()}`),
      sendControl: (opcode, payload) => note(`send ${opcode.toString(16)}: ${payload.toString('hex')}`),
      beginClosing: () => note('begin closing'),
      reportViolation: (error) => note(`violation: ${error.violation}`),
      endTransport: () => note('end transport'),
      holdReading: () => note('hold'),
      continueReading: () => {
        note('continue');
        conversation.proceed();
      },
    },
    inflater,
  );
  const during = (action: () => void) => {
    const before = log.length;
    action();
    return log.slice(before);
  };
  const on = (line: string, reaction: () => void) => void reactions.set(line, reaction);
  const receive = (...bytes: Buffer[]) => during(() => conversation.receive(Buffer.concat(bytes)));
  const finish = () => during(() => inflater.finish());
  return { conversation, inflater, during, on, receive, finish };
}

describe.each(ROLES)('a conversation as %s that inflates', (role) => {
  const peer: Role = role === 'server' ? 'client' : 'server';
  const of = (first: number, payload: string | Uint8Array = '') => frame(peer, first, payload);
  const ended = role === 'server' ? ['end transport'] : [];

  it('at once, holds nothing back', () => {
    const { receive, conversation } = inflatingConversation(role, false);
    expect(receive(of(0xc1, 'a'), of(0x89, 'p'), of(0xc2, 'b'))).toEqual([
      'text: a',
      'send a: 70',
      'ping: p',
      'binary: b',
    ]);
    expect(conversation.canReceive).toBe(true);
  });

  it('later, reads nothing meanwhile, and goes on in order', () => {
    const { receive, finish, conversation } = inflatingConversation(role);
    expect(receive(of(0xc1, 'a'), of(0x89, 'p'), of(0xc1, 'b'), of(0x88, closePayload(1000)))).toEqual(['hold']);
    expect(conversation.canReceive).toBe(false);
    expect(conversation.unfinishedMessage).toBe(1);
    expect(finish()).toEqual(['continue', 'text: a', 'send a: 70', 'ping: p', 'hold']);
    expect(finish()).toEqual(['continue', 'text: b', 'begin closing', 'send 8: 03e8', ...ended]);
    expect(conversation.closeCode).toBe(1000);
  });

  it('fragment by fragment', () => {
    const { receive, finish } = inflatingConversation(role);
    expect(receive(of(0x41, 'a'))).toEqual(['hold']);
    expect(finish()).toEqual(['continue']);
    expect(receive(of(0x89), of(0x80, 'b'))).toEqual(['send a: ', 'ping: ', 'hold']);
    expect(finish()).toEqual(['continue', 'text: ab']);
  });

  it('a violation that comes later fails the connection', () => {
    const { receive, finish, inflater } = inflatingConversation(role);
    receive(of(0xc1, '!'), of(0x81, 'never read'));
    expect(finish()).toEqual([
      'continue',
      'violation: compressed-data-invalid',
      'begin closing',
      'send 8: 03ef',
      'end transport',
    ]);
    expect(inflater.closed).toBe(1);
  });

  it('our Close meanwhile loses neither that message nor what is behind it', () => {
    const { receive, finish, during, conversation } = inflatingConversation(role);
    receive(of(0xc1, 'a'), of(0x81, 'b'), of(0x88, closePayload(1001)));
    expect(during(() => conversation.close(1000))).toEqual(['begin closing', 'send 8: 03e8']);
    expect(finish()).toEqual(['continue', 'text: a', 'text: b', ...ended]);
    expect(conversation.closeCode).toBe(1001);
  });

  describe('the peer’s end meanwhile', () => {
    it('comes behind the message and the Close that were sent before it', () => {
      const { receive, finish, during, conversation } = inflatingConversation(role);
      receive(of(0xc1, 'a'), of(0x88, closePayload(1000)));
      expect(during(() => conversation.receiveEnd())).toEqual([]);
      expect(finish()).toEqual(['continue', 'text: a', 'begin closing', 'send 8: 03e8', ...ended, 'end transport']);
      expect(conversation.closeCode).toBe(1000);
    });

    it('without a Close is 1006, behind the last of all messages', () => {
      const { receive, finish, during, conversation } = inflatingConversation(role);
      receive(of(0xc1, 'a'), of(0xc1, 'b'));
      expect(during(() => conversation.receiveEnd())).toEqual([]);
      expect(finish()).toEqual(['continue', 'text: a', 'hold']);
      expect(finish()).toEqual(['continue', 'text: b', 'begin closing', 'end transport']);
      expect(conversation.closeCode).toBe(1006);
    });

    it('behind a violation adds nothing but the end', () => {
      const { receive, finish, during, conversation } = inflatingConversation(role);
      receive(of(0xc1, '!'));
      expect(during(() => conversation.receiveEnd())).toEqual([]);
      const lines = finish();
      expect(lines.slice(0, 4)).toEqual([
        'continue',
        'violation: compressed-data-invalid',
        'begin closing',
        'send 8: 03ef',
      ]);
      expect(new Set(lines.slice(4))).toEqual(new Set(['end transport']));
    });

    it('is at once where the connection has failed already', () => {
      const { receive, during, conversation } = inflatingConversation(role);
      receive(of(0xc1, 'a'));
      conversation.fail(new ProtocolError('message-too-slow'));
      expect(during(() => conversation.receiveEnd())).toEqual(['end transport']);
    });
  });

  it.each<[string, (conversation: Conversation) => void]>([
    ['fails', (conversation) => conversation.fail(new ProtocolError('message-too-slow'))],
    ['is aborted', (conversation) => conversation.abort()],
    ['loses its transport', (conversation) => conversation.transportEnded()],
  ])('frees the inflater when it %s meanwhile, and hands over nothing more', (_, happen) => {
    const { receive, conversation, inflater, during } = inflatingConversation(role);
    receive(of(0xc1, 'a'), of(0x81, 'b'));
    happen(conversation);
    expect(inflater.closed).toBeGreaterThan(0);
    expect(inflater.isAtWork).toBe(false);
    expect(during(() => conversation.proceed())).toEqual([]);
    expect(during(() => conversation.receive(of(0x81, 'c')))).toEqual([]);
  });

  it('an answer that comes though the connection has ended is nobody’s', () => {
    const { receive, conversation, inflater, finish } = inflatingConversation(role);
    inflater.close = () => undefined;
    receive(of(0xc1, 'a'));
    conversation.abort();
    expect(finish()).toEqual([]);
  });

  it('a reader that paused gets the message when it resumes', () => {
    const { receive, finish, during, conversation } = inflatingConversation(role);
    receive(of(0xc1, 'a'), of(0x81, 'b'));
    conversation.pause();
    expect(finish()).toEqual(['continue']);
    expect(conversation.canReceive).toBe(false);
    expect(during(() => conversation.resume())).toEqual(['text: a', 'text: b']);
    expect(conversation.canReceive).toBe(true);
  });

  it('a reader that resumes before the answer comes waits for it', () => {
    const { receive, finish, during, conversation } = inflatingConversation(role);
    receive(of(0xc1, 'a'), of(0x81, 'b'));
    conversation.pause();
    expect(during(() => conversation.resume())).toEqual([]);
    expect(conversation.canReceive).toBe(false);
    expect(finish()).toEqual(['continue', 'text: a', 'text: b']);
  });

  it('a reader that pauses at the message stops there', () => {
    const { receive, finish, during, on, conversation } = inflatingConversation(role);
    on('text: a', () => conversation.pause());
    receive(of(0xc1, 'a'), of(0xc1, 'b'));
    expect(finish()).toEqual(['continue', 'text: a']);
    expect(during(() => conversation.resume())).toEqual(['hold']);
    expect(finish()).toEqual(['continue', 'text: b']);
  });
});
