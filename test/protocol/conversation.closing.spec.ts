// §7: the end of a conversation, from each side, in every state.

import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { ProtocolError } from '../../lib/frame/protocol-error.js';
import { byteByByte, closePayload, everyCut, frame, hex, type Role, ROLES } from '../support/bytes.js';
import { type Recorded, recordedConversation } from './recorded-conversation.js';

describe.each(ROLES)('Conversation as %s', (role) => {
  const peer: Role = role === 'server' ? 'client' : 'server';
  const of = (first: number, payload: string | Uint8Array = '') => frame(peer, first, payload);
  /** §7.1.1: the server ends the transport, the client waits for that. */
  const serverEnds = role === 'server' ? ['end transport'] : [];

  describe('§5.5.1 when the peer closes', () => {
    it.each<[string, string, number, string]>([
      ['', '', 1005, ''],
      ['03 e8', '03e8', 1000, ''],
      ['03 e9 62 79 65', '03e9627965', 1001, 'bye'],
      ['0b b8', '0bb8', 3000, ''],
      ['13 87 c3 a9', '1387c3a9', 4999, 'é'],
    ])('answers %p with the same', (body, answer, code, reason) => {
      for (const pieces of everyCut(of(0x88, hex(body)))) {
        const { conversation, receive } = recordedConversation(role);
        expect(receive(pieces)).toEqual(['begin closing', `send 8: ${answer}`, ...serverEnds]);
        expect(conversation).toMatchObject({ isOpen: false, readyState: 2, closeCode: code });
        expect(conversation.closeReason.toString()).toBe(reason);
      }
    });

    it('takes the longest reason', () => {
      const { conversation, receive } = recordedConversation(role);
      receive(byteByByte(of(0x88, closePayload(1000, 'r'.repeat(123)))));
      expect(conversation.closeReason.toString()).toBe('r'.repeat(123));
    });

    it('§7.4: answers each code that may be sent and fails for the others', () => {
      const sendable = (code: number) =>
        (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);
      fc.assert(
        fc.property(
          fc.oneof(fc.nat(5100), fc.integer({ min: 990, max: 1020 })),
          fc.string({ maxLength: 10 }),
          (code, reason) => {
            const { conversation, receive } = recordedConversation(role);
            const lines = receive([of(0x88, closePayload(code, reason))]);
            if (sendable(code)) {
              expect(lines).toEqual([
                'begin closing',
                `send 8: ${closePayload(code, reason).toString('hex')}`,
                ...serverEnds,
              ]);
              expect([conversation.closeCode, conversation.closeReason.toString()]).toEqual([code, reason]);
            } else {
              expect(lines).toEqual([
                'violation: close-code-invalid',
                'begin closing',
                'send 8: 03ea',
                'end transport',
              ]);
              expect(conversation.closeCode).toBe(1006);
            }
          },
        ),
        { numRuns: 500 },
      );
    });

    it('ignores what follows the Close, also what breaks a rule', () => {
      const after = Buffer.concat([of(0x81, 'x'), of(0x89), of(0x88, closePayload(1001)), hex('ff ff ff ff')]);
      for (const pieces of everyCut(Buffer.concat([of(0x81, 'last'), of(0x88, closePayload(4000, 'first')), after]))) {
        const { conversation, receive } = recordedConversation(role);
        expect(receive(pieces)).toEqual(['text: last', 'begin closing', 'send 8: 0fa06669727374', ...serverEnds]);
        expect([conversation.closeCode, conversation.closeReason.toString()]).toEqual([4000, 'first']);
      }
    });

    it('leaves an unfinished message behind', () => {
      const { receive } = recordedConversation(role);
      expect(receive([of(0x01, 'half'), of(0x88)])).toEqual(['begin closing', 'send 8: ', ...serverEnds]);
      expect(receive([of(0x80, 'other half')])).toEqual([]);
    });

    it('keeps the reason when the chunk it came in is used again', () => {
      const { conversation } = recordedConversation(role);
      const chunk = of(0x88, closePayload(1000, 'reason'));
      conversation.receive(chunk);
      chunk.fill(0);
      expect(conversation.closeReason.toString()).toBe('reason');
    });
  });

  describe('§7.1.2 when we close', () => {
    it('sends a Close frame and waits for the answer', () => {
      const { conversation, during, receive } = recordedConversation(role);
      expect(during(() => conversation.close(1000, 'é'))).toEqual(['begin closing', 'send 8: 03e8c3a9']);
      expect(conversation).toMatchObject({ isOpen: false, readyState: 2, closeCode: 1006 });
      expect(receive([of(0x88, closePayload(1000))])).toEqual([...serverEnds]);
      expect(conversation.closeCode).toBe(1000);
    });

    it('sends one without a body for no code', () => {
      const { conversation, during } = recordedConversation(role);
      expect(during(() => conversation.close())).toEqual(['begin closing', 'send 8: ']);
    });

    it('still hands over what the peer sent before its Close', () => {
      const { conversation, receive } = recordedConversation(role);
      receive([of(0x01, 'a')]);
      conversation.close(1000);
      expect(receive([of(0x80, 'b'), of(0x82, 'c')])).toEqual(['text: ab', 'binary: c']);
    });

    it("§7.1.5: ends with the peer's code when both close at once, and sends no second Close", () => {
      for (const pieces of everyCut(of(0x88, closePayload(4002, 'mine')))) {
        const { conversation, receive } = recordedConversation(role);
        conversation.close(4001, 'yours');
        expect(receive(pieces)).toEqual([...serverEnds]);
        expect([conversation.closeCode, conversation.closeReason.toString()]).toEqual([4002, 'mine']);
      }
    });

    it('closes once', () => {
      const { conversation, during } = recordedConversation(role);
      conversation.close(1000);
      expect(during(() => conversation.close(1001, 'again'))).toEqual([]);
    });

    it('throws for what must not be sent, in every state, and changes nothing', () => {
      const { conversation, log } = recordedConversation(role);
      expect(() => conversation.close(1005)).toThrow(TypeError);
      expect(() => conversation.close(undefined, 'reason')).toThrow(TypeError);
      expect(() => conversation.close(1000, 'x'.repeat(124))).toThrow(RangeError);
      expect([log, conversation.isOpen]).toEqual([[], true]);
      conversation.close();
      expect(() => conversation.close(1006)).toThrow(TypeError);
    });

    it('goes on to read the chunk when a message made us close', () => {
      const { conversation, receive, on } = recordedConversation(role);
      on('text: 1', () => conversation.close(1000));
      const lines = receive([Buffer.concat([of(0x81, '1'), of(0x81, '2'), of(0x88), of(0x81, '3')])]);
      expect(lines).toEqual(['text: 1', 'begin closing', 'send 8: 03e8', 'text: 2', ...serverEnds]);
      expect(conversation.closeCode).toBe(1005);
    });
  });

  // Each state, reached by bytes and calls; each event; what follows from it there.
  const STATES: Record<string, (recorded: Recorded) => void> = {
    open: () => undefined,
    'Close sent': ({ conversation }) => conversation.close(1000),
    'Close exchanged': ({ receive }) => void receive([of(0x88, closePayload(1001))]),
    failed: ({ receive }) => void receive([of(0x83)]),
    ended: ({ conversation }) => conversation.transportEnded(),
  };
  const EVENTS: Record<string, (recorded: Recorded) => void> = {
    text: ({ receive }) => void receive([of(0x81, 'x')]),
    ping: ({ receive }) => void receive([of(0x89)]),
    Close: ({ receive }) => void receive([of(0x88, closePayload(4000))]),
    violation: ({ receive }) => void receive([of(0x83)]),
    close: ({ conversation }) => conversation.close(4001),
    fail: ({ conversation }) => conversation.fail(new ProtocolError('ping-flood')),
    receiveEnd: ({ conversation }) => conversation.receiveEnd(),
    abort: ({ conversation }) => conversation.abort(),
    transportEnded: ({ conversation }) => conversation.transportEnded(),
    resume: ({ conversation }) => conversation.resume(),
  };
  const AT_ENDED = [[], 3, 1006] as const;
  const TABLE: Record<
    string,
    Record<string, readonly [lines: readonly string[], readyState: number, closeCode: number]>
  > = {
    open: {
      text: [['text: x'], 1, 1006],
      ping: [['send a: ', 'ping: '], 1, 1006],
      Close: [['begin closing', 'send 8: 0fa0', ...serverEnds], 2, 4000],
      violation: [['violation: reserved-opcode', 'begin closing', 'send 8: 03ea', 'end transport'], 2, 1006],
      close: [['begin closing', 'send 8: 0fa1'], 2, 1006],
      fail: [['violation: ping-flood', 'begin closing', 'send 8: 03f0', 'end transport'], 2, 1006],
      receiveEnd: [['begin closing', 'end transport'], 2, 1006],
      abort: [['begin closing'], 2, 1006],
      transportEnded: [[], 3, 1006],
      resume: [[], 1, 1006],
    },
    'Close sent': {
      text: [['text: x'], 2, 1006],
      ping: [['send a: ', 'ping: '], 2, 1006],
      Close: [[...serverEnds], 2, 4000],
      violation: [['violation: reserved-opcode', 'end transport'], 2, 1006],
      close: [[], 2, 1006],
      fail: [['violation: ping-flood', 'end transport'], 2, 1006],
      receiveEnd: [['end transport'], 2, 1006],
      abort: [[], 2, 1006],
      transportEnded: [[], 3, 1006],
      resume: [[], 2, 1006],
    },
    'Close exchanged': {
      text: [[], 2, 1001],
      ping: [[], 2, 1001],
      Close: [[], 2, 1001],
      violation: [[], 2, 1001],
      close: [[], 2, 1001],
      fail: [[], 2, 1001],
      receiveEnd: [['end transport'], 2, 1001],
      abort: [[], 2, 1001],
      transportEnded: [[], 3, 1001],
      resume: [[], 2, 1001],
    },
    failed: {
      text: [[], 2, 1006],
      ping: [[], 2, 1006],
      Close: [[], 2, 1006],
      violation: [[], 2, 1006],
      close: [[], 2, 1006],
      fail: [[], 2, 1006],
      receiveEnd: [['end transport'], 2, 1006],
      abort: [[], 2, 1006],
      transportEnded: [[], 3, 1006],
      resume: [[], 2, 1006],
    },
    ended: Object.fromEntries(Object.keys(EVENTS).map((event) => [event, AT_ENDED])),
  };

  const cases = Object.keys(STATES).flatMap((state) => Object.keys(EVENTS).map((event) => [state, event] as const));
  it.each(cases)('§7: %s, then %s', (state, event) => {
    const recorded = recordedConversation(role);
    STATES[state]!(recorded);
    const lines = recorded.during(() => EVENTS[event]!(recorded));
    expect([lines, recorded.conversation.readyState, recorded.conversation.closeCode]).toEqual(TABLE[state]![event]);
  });

  it('§7.1.5: 1006 when the peer ends in the middle of a frame', () => {
    const { conversation, receive, during } = recordedConversation(role);
    receive([of(0x81, 'half').subarray(0, 4)]);
    expect(during(() => conversation.receiveEnd())).toEqual(['begin closing', 'end transport']);
    conversation.transportEnded();
    expect(conversation).toMatchObject({ closeCode: 1006, readyState: 3, unfinishedMessage: 0 });
  });

  it('stops at once when the transport ends while a message is handed over', () => {
    const { conversation, receive, on } = recordedConversation(role);
    on('text: 1', () => conversation.transportEnded());
    expect(receive([Buffer.concat([of(0x81, '1'), of(0x81, '2'), of(0x88)])])).toEqual(['text: 1']);
    expect(conversation).toMatchObject({ readyState: 3, closeCode: 1006 });
  });
});
