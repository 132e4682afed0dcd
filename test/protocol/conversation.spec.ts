import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { ProtocolError } from '../../lib/frame/protocol-error.js';
import { closePayload, cut, everyCut, frame, frameWithLength, hex, type Role, ROLES } from '../support/bytes.js';
import { recordedConversation } from './recorded-conversation.js';

describe.each(ROLES)('Conversation as %s', (role) => {
  const peer: Role = role === 'server' ? 'client' : 'server';
  const of = (first: number, payload: string | Uint8Array = '') => frame(peer, first, payload);

  function expectLog(frames: readonly Buffer[], expected: readonly string[]): void {
    for (const pieces of everyCut(Buffer.concat(frames)))
      expect(recordedConversation(role).receive(pieces)).toEqual(expected);
  }

  it('is open at first', () => {
    const { conversation, log } = recordedConversation(role);
    expect(conversation).toMatchObject({
      isOpen: true,
      readyState: 1,
      isPaused: false,
      closeCode: 1006,
      unfinishedMessage: 0,
    });
    expect(conversation.closeReason).toHaveLength(0);
    expect(log).toEqual([]);
  });

  it('§5.6: hands over texts and binary messages', () => {
    const frames = [of(0x81, 'Hello'), of(0x82, 'bytes'), of(0x81, 'é'), of(0x82, hex('c3 a9')), of(0x81)];
    expectLog(frames, ['text: Hello', 'binary: bytes', 'text (not ASCII): é', 'binary (not ASCII): é', 'text: ']);
  });

  describe('§5.5 pings', () => {
    it('§5.5.3: are answered with what they carry', () => {
      expectLog([of(0x89), of(0x89, 'Hello')], ['send a: ', 'ping: ', `send a: 48656c6c6f`, 'ping: Hello']);
      const longest = Buffer.alloc(125, 0x7a);
      expectLog([of(0x89, longest)], [`send a: ${longest.toString('hex')}`, `ping: ${longest.toString()}`]);
    });

    it('§5.4: are answered in the middle of a message', () => {
      expectLog(
        [of(0x01, 'Hel'), of(0x89, '1'), of(0x00), of(0x89, '2'), of(0x80, 'lo')],
        ['send a: 31', 'ping: 1', 'send a: 32', 'ping: 2', 'text: Hello'],
      );
    });

    it('§5.5.3: no pong is answered, asked for or not', () => {
      expectLog([of(0x8a, 'why'), of(0x8a)], ['pong: why', 'pong: ']);
    });

    it('§5.5.2: are answered after our Close, until the peer has sent its own', () => {
      const { conversation, receive } = recordedConversation(role);
      conversation.close(1000);
      expect(receive([of(0x89, 'x')])).toEqual(['send a: 78', 'ping: x']);
      receive([of(0x88)]);
      expect(receive([of(0x89, 'x')])).toEqual([]);
    });
  });

  describe('a broken rule', () => {
    it.each<[string, Buffer[], string, string]>([
      ['§5.2 a reserved opcode', [of(0x83)], 'reserved-opcode', '03ea'],
      ['§5.2 a reserved bit', [of(0xc1, 'x')], 'reserved-bits', '03ea'],
      ['§5.1 wrong masking', [frame(role, 0x81, 'x')], peer === 'client' ? 'unmasked-frame' : 'masked-frame', '03ea'],
      [
        '§5.2 a longer length than needed',
        [frameWithLength(peer, 0x81, [126, 0, 1], 'x')],
        'length-not-minimal',
        '03ea',
      ],
      [
        '§5.2 the top bit of a length',
        [frameWithLength(peer, 0x81, [127, 128, 0, 0, 0, 0, 0, 0, 0])],
        'length-top-bit',
        '03ea',
      ],
      ['§5.5 a long control frame', [of(0x89, 'x'.repeat(126))], 'control-too-long', '03ea'],
      ['§5.5 a fragmented control frame', [of(0x08)], 'control-fragmented', '03ea'],
      ['§5.4 a continuation of nothing', [of(0x80)], 'continuation-without-start', '03ea'],
      ['§5.4 an interrupted message', [of(0x01), of(0x81)], 'message-interrupted', '03ea'],
      ['§5.5.1 a Close of one byte', [of(0x88, hex('03'))], 'close-payload-of-one-byte', '03ea'],
      ['§7.4 a Close with 1005', [of(0x88, hex('03 ed'))], 'close-code-invalid', '03ea'],
      ['§5.5.1 a reason that is not UTF-8', [of(0x88, hex('03 e8 c3 28'))], 'close-reason-not-utf8', '03ef'],
      ['§8.1 a text that is not UTF-8', [of(0x81, hex('c3 28'))], 'text-not-utf8', '03ef'],
      ['§7.4.1 a message that is too big', [of(0x82, 'x'.repeat(1001))], 'message-too-big', '03f1'],
      [
        '§10.4 too many fragments',
        [of(0x01), ...Array.from({ length: 8 }, () => of(0x00))],
        'too-many-fragments',
        '03f0',
      ],
    ])('§7.1.7: %s fails the connection', (_, frames, violation, code) => {
      const failure = [`violation: ${violation}`, 'begin closing', `send 8: ${code}`, 'end transport'];
      expectLog([of(0x81, 'before'), ...frames, of(0x81, 'after'), of(0x88)], ['text: before', ...failure]);
    });

    it('§7.1.7: leaves the code at 1006 and nothing to read or send', () => {
      const { conversation, receive, during } = recordedConversation(role);
      receive([of(0x83)]);
      expect(conversation).toMatchObject({ isOpen: false, readyState: 2, closeCode: 1006, unfinishedMessage: 0 });
      expect(receive([of(0x81, 'x'), of(0x89), of(0x88)])).toEqual([]);
      expect(during(() => conversation.close(1000))).toEqual([]);
      expect(conversation.closeCode).toBe(1006);
    });

    it('§5.5.1: behind our own Close is not answered with a second one', () => {
      const { conversation, receive } = recordedConversation(role);
      conversation.close(1001);
      expect(receive([of(0x83)])).toEqual(['violation: reserved-opcode', 'end transport']);
      expect(conversation.closeCode).toBe(1006);
    });

    it('is what `fail` says it is, too', () => {
      const { conversation, during } = recordedConversation(role);
      const failure = during(() => conversation.fail(new ProtocolError('message-too-slow')));
      expect(failure).toEqual(['violation: message-too-slow', 'begin closing', 'send 8: 03f0', 'end transport']);
      expect(during(() => conversation.fail(new ProtocolError('ping-flood')))).toEqual([]);
    });

    it('ends the reading of a chunk when the sink finds it', () => {
      const { conversation, receive, on } = recordedConversation(role);
      on('text: 1', () => conversation.fail(new ProtocolError('message-too-slow')));
      const lines = receive([Buffer.concat([of(0x81, '1'), of(0x81, '2')])]);
      expect(lines).toEqual([
        'text: 1',
        'violation: message-too-slow',
        'begin closing',
        'send 8: 03f0',
        'end transport',
      ]);
    });
  });

  it('lets an error of the sink through and goes on behind the message', () => {
    const { conversation, log, on } = recordedConversation(role);
    on('text: 1', () => {
      throw new Error('ours');
    });
    expect(() => conversation.receive(Buffer.concat([of(0x81, '1'), of(0x81, '2')]))).toThrow('ours');
    conversation.resume();
    expect(log).toEqual(['text: 1', 'text: 2']);
    expect(conversation.isOpen).toBe(true);
  });

  it('tells which message is unfinished while it reads, and only then', () => {
    const { conversation, receive } = recordedConversation(role);
    receive([of(0x01, 'a')]);
    const first = conversation.unfinishedMessage;
    expect(first).toBeGreaterThan(0);
    receive([of(0x00, 'b')]);
    expect(conversation.unfinishedMessage).toBe(first);
    receive([of(0x80), of(0x01)]);
    expect(conversation.unfinishedMessage).toBeGreaterThan(first);
    conversation.close();
    expect(conversation.unfinishedMessage).toBeGreaterThan(first);
    receive([of(0x88)]);
    expect(conversation.unfinishedMessage).toBe(0);
  });

  it('§5.4: takes a text in a hundred thousand pieces, a ping between each hundred', () => {
    const { receive, log } = recordedConversation(role, { maxMessageBytes: 0, maxFragments: 0 });
    for (let i = 0; i < 1000; i++) {
      const fragments = Array.from({ length: 100 }, (_, j) => of(i === 0 && j === 0 ? 0x01 : 0x00, 'x'));
      receive(cut(Buffer.concat(fragments), 3, 50, 51));
      receive([of(0x89)]);
    }
    log.length = 0;
    expect(receive([of(0x80)])).toEqual([`text: ${'x'.repeat(100_000)}`]);
  });

  describe('any bytes', () => {
    const frames = fc.oneof(
      fc
        .tuple(fc.constantFrom(0x01, 0x02, 0x00, 0x80, 0x81, 0x82, 0x89, 0x8a, 0x83), fc.uint8Array({ maxLength: 30 }))
        .map(([first, payload]) => of(first, payload)),
      fc.tuple(fc.nat(5100), fc.string({ maxLength: 4 })).map(([code, reason]) => of(0x88, closePayload(code, reason))),
      fc.uint8Array({ maxLength: 5 }),
    );
    const places = fc.array(fc.nat(200), { maxLength: 10 });

    it('lead to the same events however they are cut, at most one Close, and nothing behind it', () => {
      fc.assert(
        fc.property(fc.array(frames, { maxLength: 8 }), places, fc.boolean(), (frames, places, weClose) => {
          const bytes = Buffer.concat(frames);
          const [whole, pieces] = [recordedConversation(role), recordedConversation(role)];
          if (weClose) for (const each of [whole, pieces]) each.conversation.close(1000);
          whole.receive([Buffer.from(bytes)]);
          pieces.receive(cut(bytes, ...places));
          expect(pieces.log).toEqual(whole.log);
          expect(pieces.conversation.closeCode).toBe(whole.conversation.closeCode);
          const closes = whole.log.flatMap((line, i) => (line.startsWith('send 8') ? [i] : []));
          expect(closes.length).toBeLessThanOrEqual(1);
          if (closes.length > 0 && !weClose)
            expect(whole.log.slice(closes[0]! + 1).filter((line) => line !== 'end transport')).toEqual([]);
          expect(recordedConversation(role).receive([of(0x81, 'ok')])).toEqual(['text: ok']);
        }),
        { numRuns: 400 },
      );
    });
  });
});
