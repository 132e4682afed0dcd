import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { ProtocolError } from '../../lib/frame/protocol-error.js';
import { MessageDecoder, type MessageLimits, NOTHING } from '../../lib/message/message-decoder.js';
import { cut, everyCut, frame, frameWithLength, type Role, ROLES } from '../support/bytes.js';

interface Outcome {
  received: [opcode: number, payload: string][];
  violation?: string;
}

const LIMITS: MessageLimits = { maxMessageBytes: 1000, maxFragments: 8 };
const UNLIMITED: MessageLimits = { maxMessageBytes: 0, maxFragments: 0 };

function decode(from: Role, pieces: Iterable<Buffer>, limits: MessageLimits = LIMITS): Outcome {
  const decoder = new MessageDecoder(from, limits);
  const received: [number, string][] = [];
  try {
    for (const piece of pieces) {
      decoder.feed(piece);
      for (let opcode = decoder.next(); opcode !== NOTHING; opcode = decoder.next()) {
        received.push([opcode, decoder.payload.toString('latin1')]);
      }
      decoder.release();
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { received, violation: error.violation };
  }
  return { received };
}

function expectOutcome(from: Role, frames: readonly Buffer[], expected: Outcome, limits = LIMITS): void {
  for (const pieces of everyCut(Buffer.concat(frames))) expect(decode(from, pieces, limits)).toEqual(expected);
}

describe.each(ROLES)('MessageDecoder for frames from a %s', (from) => {
  const of = (first: number, payload: string | Uint8Array = '') => frame(from, first, payload);

  describe('§5.4 fragmentation', () => {
    it.each<[string, Buffer[], [number, string][]]>([
      ['an unfragmented message', [of(0x81, 'Hello')], [[1, 'Hello']]],
      [
        'an empty message of each kind',
        [of(0x81), of(0x82)],
        [
          [1, ''],
          [2, ''],
        ],
      ],
      ['a message in two fragments', [of(0x01, 'Hel'), of(0x80, 'lo')], [[1, 'Hello']]],
      [
        'a message in five',
        [of(0x02, 'a'), of(0x00, 'b'), of(0x00, 'c'), of(0x00, 'd'), of(0x80, 'e')],
        [[2, 'abcde']],
      ],
      ['empty fragments only', [of(0x01), of(0x00), of(0x80)], [[1, '']]],
      ['an empty first fragment', [of(0x01), of(0x80, 'x')], [[1, 'x']]],
      ['an empty last fragment', [of(0x02, 'x'), of(0x80)], [[2, 'x']]],
      ['empty fragments in the middle', [of(0x01, 'a'), of(0x00), of(0x00), of(0x80, 'b')], [[1, 'ab']]],
      [
        'messages one behind the other',
        [of(0x01, 'a'), of(0x80, 'b'), of(0x82, 'c'), of(0x02), of(0x80, 'd')],
        [
          [1, 'ab'],
          [2, 'c'],
          [2, 'd'],
        ],
      ],
    ])('reads %s', (_, frames, received) => {
      expectOutcome(from, frames, { received });
    });

    it('§5.4: refuses a continuation of nothing', () => {
      expectOutcome(from, [of(0x80, 'x')], { received: [], violation: 'continuation-without-start' });
      expectOutcome(from, [of(0x00, 'x')], { received: [], violation: 'continuation-without-start' });
      expectOutcome(from, [of(0x81, 'a'), of(0x80)], { received: [[1, 'a']], violation: 'continuation-without-start' });
      expectOutcome(from, [of(0x01), of(0x80), of(0x80)], {
        received: [[1, '']],
        violation: 'continuation-without-start',
      });
      expectOutcome(from, [of(0x89), of(0x80)], { received: [[9, '']], violation: 'continuation-without-start' });
    });

    it.each([0x81, 0x82, 0x01, 0x02])('§5.4: refuses a new message inside another: %p', (first) => {
      expectOutcome(from, [of(0x01, 'a'), of(first, 'b')], { received: [], violation: 'message-interrupted' });
      expectOutcome(from, [of(0x02), of(0x00), of(first)], { received: [], violation: 'message-interrupted' });
    });

    it('§5.4: refuses at the header, before any payload', () => {
      const head = of(0x80, 'x').subarray(0, -1);
      expect(decode(from, [Buffer.from(head)]).violation).toBe('continuation-without-start');
    });
  });

  describe('§5.5 control frames', () => {
    it('come between the fragments of a message', () => {
      const frames = [of(0x01, 'a'), of(0x89, 'ping'), of(0x00, 'b'), of(0x8a, 'pong'), of(0x8a), of(0x80, 'c')];
      expectOutcome(from, frames, {
        received: [
          [9, 'ping'],
          [10, 'pong'],
          [10, ''],
          [1, 'abc'],
        ],
      });
    });

    it('leave a text alone that is cut inside a character', () => {
      const frames = [of(0x01, Buffer.from([0xe2, 0x82])), of(0x89, 'é'), of(0x80, Buffer.from([0xac]))];
      expectOutcome(from, frames, {
        received: [
          [9, 'Ã©'],
          [1, 'â\x82¬'],
        ],
      });
    });

    it('carry any bytes, up to 125 of them', () => {
      const payload = Buffer.from(Array.from({ length: 125 }, (_, i) => 255 - i));
      for (const [first, opcode] of [
        [0x88, 8],
        [0x89, 9],
        [0x8a, 10],
      ] as const) {
        expectOutcome(from, [of(first, payload), of(first)], {
          received: [
            [opcode, payload.toString('latin1')],
            [opcode, ''],
          ],
        });
      }
    });

    it('do not count as fragments or towards the size of a message', () => {
      const pings = Array.from({ length: 20 }, () => of(0x89, 'x'.repeat(125)));
      const received = [...pings.map(() => [9, 'x'.repeat(125)] as [number, string]), [2, 'ab'] as [number, string]];
      const whole = Buffer.concat([of(0x02, 'a'), ...pings, of(0x80, 'b')]);
      expect(decode(from, [whole], { maxMessageBytes: 2, maxFragments: 2 })).toEqual({ received });
    });
  });

  describe('§10.4 limits', () => {
    const limits = { maxMessageBytes: 300, maxFragments: 3 };

    it('takes a message of just maxMessageBytes, in one frame or several', () => {
      expectOutcome(from, [of(0x82, 'x'.repeat(300))], { received: [[2, 'x'.repeat(300)]] }, limits);
      const fragments = [of(0x02, 'x'.repeat(100)), of(0x00, 'x'.repeat(200)), of(0x80)];
      expectOutcome(from, fragments, { received: [[2, 'x'.repeat(300)]] }, limits);
    });

    it('§7.4.1: refuses one byte more, at the header and before the payload has come', () => {
      const tooLong = of(0x82, 'x'.repeat(301)).subarray(0, -301);
      for (const pieces of everyCut(tooLong)) expect(decode(from, pieces, limits).violation).toBe('message-too-big');
      const inFragments = Buffer.concat([of(0x02, 'x'.repeat(299)), of(0x80, 'xx').subarray(0, -2)]);
      for (const pieces of everyCut(inFragments))
        expect(decode(from, pieces, limits).violation).toBe('message-too-big');
    });

    it('counts each message anew', () => {
      const two = [of(0x02, 'x'.repeat(299)), of(0x80, 'x'), of(0x82, 'x'.repeat(300))];
      expect(decode(from, [Buffer.concat(two)], limits).received).toHaveLength(2);
    });

    it.each([
      [[127, 0, 0, 0, 1, 0, 0, 0, 0]],
      [[127, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
      [[127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ])('§5.2: refuses the declared length %p', (length) => {
      expectOutcome(
        from,
        [frameWithLength(from, 0x82, length)],
        { received: [], violation: 'message-too-big' },
        limits,
      );
      const rest = frameWithLength(from, 0x00, length);
      expectOutcome(from, [of(0x02, 'x'), rest], { received: [], violation: 'message-too-big' }, limits);
    });

    it('has a limit even without one: numbers that are exact', () => {
      const beyond = frameWithLength(from, 0x82, [127, 0, 0x20, 0, 0, 0, 0, 0, 0]);
      expectOutcome(from, [beyond], { received: [], violation: 'message-too-big' }, UNLIMITED);
    });

    it('takes maxFragments frames and not one more, empty or not', () => {
      expectOutcome(from, [of(0x01), of(0x00), of(0x80)], { received: [[1, '']] }, limits);
      expectOutcome(
        from,
        [of(0x01), of(0x00), of(0x00), of(0x80)],
        { received: [], violation: 'too-many-fragments' },
        limits,
      );
      expectOutcome(
        from,
        [of(0x01, 'a'), of(0x00, 'b'), of(0x00, 'c'), of(0x00)],
        { received: [], violation: 'too-many-fragments' },
        limits,
      );
    });

    it('counts the fragments of each message anew', () => {
      const frames = [of(0x01), of(0x00), of(0x80), of(0x01), of(0x00), of(0x80), of(0x81, 'x')];
      expectOutcome(
        from,
        frames,
        {
          received: [
            [1, ''],
            [1, ''],
            [1, 'x'],
          ],
        },
        limits,
      );
    });

    it('0 turns a limit off', () => {
      const many = Buffer.concat([
        of(0x02, 'x'.repeat(5000)),
        ...Array.from({ length: 3000 }, () => of(0x00, 'y')),
        of(0x80),
      ]);
      expect(decode(from, [many], UNLIMITED).received).toEqual([[2, 'x'.repeat(5000) + 'y'.repeat(3000)]]);
    });
  });

  it('§10.4: takes a message in a million pieces of one byte', () => {
    const decoder = new MessageDecoder(from, UNLIMITED);
    const bytes = of(0x82, Buffer.alloc(1_000_000, 'x'));
    for (let i = 0; i < bytes.length - 1; i++) {
      decoder.feed(Buffer.from([bytes[i]!]));
      if (decoder.next() !== NOTHING) throw new Error(`ended at byte ${i}`);
    }
    decoder.feed(Buffer.from(bytes.subarray(-1)));
    expect(decoder.next()).toBe(2);
    expect(decoder.payload.equals(Buffer.alloc(1_000_000, 'x'))).toBe(true);
  });

  describe('any bytes', () => {
    const payloads = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(text)),
      fc.constant(Buffer.from('x'.repeat(130))),
    );
    const pings = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 2 });
    const messages = fc.tuple(fc.constantFrom(1, 2), payloads, fc.array(fc.nat(200), { maxLength: 5 }), pings);
    const places = fc.array(fc.nat(800), { maxLength: 12 });

    it('that are messages arrive as they were sent, however they are fragmented and cut', () => {
      fc.assert(
        fc.property(fc.array(messages, { maxLength: 5 }), places, (messages, places) => {
          const expected: [number, string][] = [];
          const frames: Buffer[] = [];
          for (const [opcode, payload, fragmentPlaces, pings] of messages) {
            const fragments = cut(payload, ...fragmentPlaces);
            fragments.forEach((fragment, i) => {
              frames.push(of((i === fragments.length - 1 ? 0x80 : 0) | (i === 0 ? opcode : 0), fragment));
              if (i < fragments.length - 1) {
                for (const ping of pings) {
                  frames.push(of(0x89, ping));
                  expected.push([9, Buffer.from(ping).toString('latin1')]);
                }
              }
            });
            expected.push([opcode, payload.toString('latin1')]);
          }
          expect(decode(from, cut(Buffer.concat(frames), ...places))).toEqual({ received: expected });
        }),
      );
    });

    it('lead to messages and at most one ProtocolError, the same however they are cut, and harm no other decoder', () => {
      const headers = fc.tuple(
        fc.constantFrom(0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a, 0x83, 0xc1),
        fc.uint8Array({ maxLength: 30 }),
      );
      const streams = fc.array(
        fc.oneof(
          headers.map(([first, payload]) => of(first, payload)),
          fc.uint8Array({ maxLength: 9 }),
        ),
        { maxLength: 8 },
      );
      fc.assert(
        fc.property(streams, places, (parts, places) => {
          const bytes = Buffer.concat(parts);
          const whole = decode(from, [Buffer.from(bytes)]);
          expect(decode(from, cut(bytes, ...places))).toEqual(whole);
          expect(decode(from, [of(0x81, 'ok')])).toEqual({ received: [[1, 'ok']] });
        }),
        { numRuns: 300 },
      );
    });
  });

  it('numbers the message whose end has not come, for whoever times it', () => {
    const decoder = new MessageDecoder(from, LIMITS);
    const after = (bytes: Buffer) => {
      decoder.feed(bytes);
      while (decoder.next() !== NOTHING);
      return decoder.unfinishedMessage;
    };
    expect(decoder.unfinishedMessage).toBe(0);
    expect(after(of(0x81, 'whole'))).toBe(0);
    const first = after(of(0x01, 'a'));
    expect(first).toBeGreaterThan(0);
    expect(after(of(0x89))).toBe(first);
    expect(after(of(0x00))).toBe(first);
    const second = after(Buffer.concat([of(0x80), of(0x02)]));
    expect(second).toBeGreaterThan(first);
    expect(after(of(0x80))).toBe(0);
    const [begin, end] = cut(of(0x81, 'slow payload'), 9) as [Buffer, Buffer];
    expect(after(begin)).toBeGreaterThan(second);
    expect(after(end)).toBe(0);
  });

  it('hands out views where a message lies in one chunk, and lets go of them', () => {
    const decoder = new MessageDecoder(from, LIMITS);
    const chunk = of(0x82, 'abc');
    decoder.feed(chunk);
    expect(decoder.next()).toBe(2);
    expect(decoder.payload.buffer).toBe(chunk.buffer);
    decoder.release();
    expect(decoder.payload).toHaveLength(0);
  });
});
