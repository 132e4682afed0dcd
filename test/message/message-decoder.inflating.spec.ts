// RFC 7692 §6 and §7.2.2 in the message layer: which frames may be marked, what is inflated and when, and the limits. The
// inflater is a scripted one; the real one is specified where it stands.

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from '../../lib/frame/protocol-error.js';
import { INFLATING, MessageDecoder, type MessageLimits, NOTHING } from '../../lib/message/message-decoder.js';
import { ScriptedInflater } from '../extension/scripted-inflater.js';
import { byteByByte, cut, everyCut, frame, type Role, ROLES } from '../support/bytes.js';

type Line = [opcode: number, payload: string];

interface Outcome {
  received: Line[];
  violation?: string;
}

const LIMITS: MessageLimits = { maxMessageBytes: 1000, maxFragments: 8 };

function decoding(from: Role, isLate: boolean, limits = LIMITS) {
  const inflater = new ScriptedInflater(isLate);
  let inflated = 0;
  const decoder = new MessageDecoder(from, limits, { inflater, onInflated: () => inflated++ });
  const received: Line[] = [];
  const drain = (): string | undefined => {
    try {
      for (;;) {
        const opcode = decoder.next();
        if (opcode === NOTHING) break;
        if (opcode === INFLATING) {
          const before = inflated;
          inflater.finish();
          expect(inflated).toBe(before + 1);
        } else {
          received.push([opcode, decoder.payload.toString('latin1')]);
        }
      }
      decoder.release();
      return undefined;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return error.violation;
    }
  };
  const feed = (bytes: Buffer): string | undefined => {
    decoder.feed(bytes);
    return drain();
  };
  return { decoder, inflater, received, feed };
}

function decode(from: Role, isLate: boolean, pieces: Iterable<Buffer>, limits = LIMITS): Outcome {
  const { received, feed } = decoding(from, isLate, limits);
  for (const piece of pieces) {
    const violation = feed(piece);
    if (violation !== undefined) return { received, violation };
  }
  return { received };
}

describe.each(ROLES)('MessageDecoder with permessage-deflate, for frames from a %s', (from) => {
  const of = (first: number, payload: string | Uint8Array = '') => frame(from, first, payload);

  describe.each([
    ['at once', false],
    ['later', true],
  ])('inflating %s', (_, isLate) => {
    it.each<[string, Buffer[], Line[]]>([
      ['a message in one frame', [of(0xc1, 'Hello')], [[1, 'Hello']]],
      ['in two', [of(0x41, 'Hel'), of(0x80, 'lo')], [[1, 'Hello']]],
      [
        'in many, empty ones among them',
        [of(0x42), of(0x00, 'a'), of(0x00), of(0x00, 'b*'), of(0x80)],
        [[2, `ab${'*'.repeat(10)}`]],
      ],
      ['nothing', [of(0xc2)], [[2, '']]],
      ['nothing in three frames', [of(0x41), of(0x00), of(0x80)], [[1, '']]],
      [
        'with control frames between the fragments',
        [of(0x41, 'a'), of(0x89, 'ping'), of(0x00, 'b'), of(0x8a), of(0x80, 'c')],
        [
          [9, 'ping'],
          [10, ''],
          [1, 'abc'],
        ],
      ],
      [
        'compressed and plain messages in turn',
        [of(0xc1, '*'), of(0x81, '*'), of(0x41, '*'), of(0x80, '*'), of(0x01, '*'), of(0x80, '*')],
        [
          [1, '*'.repeat(10)],
          [1, '*'],
          [1, '*'.repeat(20)],
          [1, '**'],
        ],
      ],
      [
        'what follows it in the same chunk',
        [of(0xc1, 'a'), of(0x89, 'p'), of(0xc2, 'b'), of(0x88)],
        [
          [1, 'a'],
          [9, 'p'],
          [2, 'b'],
          [8, ''],
        ],
      ],
    ])('%s', (_, frames, received) => {
      for (const pieces of everyCut(Buffer.concat(frames))) expect(decode(from, isLate, pieces)).toEqual({ received });
    });

    it.each<[string, Buffer[], Line[]]>([
      ['§6: RSV1 on a continuation', [of(0x41, 'a'), of(0xc0, 'b')], []],
      ['RSV1 on a continuation of a plain message', [of(0x01, 'a'), of(0xc0, 'b')], []],
      ['RSV1 on a ping', [of(0xc9)], []],
      ['RSV1 on a pong', [of(0x81, 'a'), of(0xca)], [[1, 'a']]],
      ['RSV1 on a Close', [of(0xc8)], []],
      ['RSV2', [of(0xa1, 'a')], []],
      ['RSV1 and RSV2', [of(0xe1, 'a')], []],
      ['RSV3', [of(0x91, 'a')], []],
    ])('1002 for %s', (_, frames, received) => {
      for (const pieces of everyCut(Buffer.concat(frames))) {
        expect(decode(from, isLate, pieces)).toEqual({ received, violation: 'reserved-bits' });
      }
    });

    it('a new message inside a compressed one is still that', () => {
      const frames = Buffer.concat([of(0x41, 'a'), of(0xc1, 'b')]);
      for (const pieces of everyCut(frames)) expect(decode(from, isLate, pieces).violation).toBe('message-interrupted');
    });

    it('1007 for wrong data, before the message or its frame has ended', () => {
      const begin = of(0x41, `good!${'x'.repeat(50)}`).subarray(0, -50);
      for (const pieces of everyCut(begin))
        expect(decode(from, isLate, pieces).violation).toBe('compressed-data-invalid');
    });

    it('1007 for text that cannot be UTF-8 any more, before the message or its frame has ended', () => {
      const begin = of(0x41, Buffer.from([0x61, 0xe2, 0x82, 0x41, 0x62, 0x62, 0x62])).subarray(0, -3);
      for (const pieces of everyCut(begin)) expect(decode(from, isLate, pieces).violation).toBe('text-not-utf8');
      const binary = Buffer.concat([of(0x42, Buffer.from([0xe2, 0x82])), of(0x80, Buffer.from([0x41]))]);
      for (const pieces of everyCut(binary))
        expect(decode(from, isLate, pieces)).toEqual({ received: [[2, 'â\x82A']] });
    });

    it('characters may be cut between fragments', () => {
      const bytes = Buffer.from('a€😀');
      const frames = Buffer.concat([
        of(0x41, bytes.subarray(0, 3)),
        of(0x00, bytes.subarray(3, 6)),
        of(0x80, bytes.subarray(6)),
      ]);
      for (const pieces of everyCut(frames)) {
        expect(decode(from, isLate, pieces)).toEqual({ received: [[1, bytes.toString('latin1')]] });
      }
      const short = Buffer.concat([of(0x41, bytes.subarray(0, 3)), of(0x80)]);
      for (const pieces of everyCut(short)) expect(decode(from, isLate, pieces).violation).toBe('text-not-utf8');
    });

    it('says whether the message is ASCII, judged on what came out', () => {
      const { decoder, feed } = decoding(from, isLate);
      for (const [text, expected] of [
        ['plain', true],
        ['é', false],
        ['plain again', true],
      ] as const) {
        for (const whole of [true, false]) {
          const bytes = Buffer.from(text);
          feed(whole ? of(0xc1, bytes) : Buffer.concat([of(0x41, bytes.subarray(0, 1)), of(0x80, bytes.subarray(1))]));
          expect(decoder.payloadIsAscii).toBe(expected);
        }
      }
    });

    it('1009 as soon as more than maxMessageBytes come out', () => {
      const limits = { maxMessageBytes: 25, maxFragments: 0 };
      expect(decode(from, isLate, [of(0xc2, '**xxxxx')], limits).received).toHaveLength(1);
      for (const frames of [
        [of(0xc2, '**xxxxxx')],
        [of(0x42, '*'), of(0x00, '*'), of(0x00, '*')],
        [of(0x42, 'xxxxxx**yyyyyy').subarray(0, -6)],
      ]) {
        for (const pieces of [[Buffer.concat(frames)], byteByByte(Buffer.concat(frames))]) {
          expect(decode(from, isLate, pieces, limits)).toEqual({ received: [], violation: 'message-too-big' });
        }
      }
    });

    it('counts what came out, of each message anew', () => {
      const limits = { maxMessageBytes: 10, maxFragments: 0 };
      const frames = [of(0xc2, '*'), of(0x42, 'x'.repeat(5)), of(0x80, 'x'.repeat(5)), of(0x82, 'x'.repeat(10))];
      expect(decode(from, isLate, [Buffer.concat(frames)], limits).received).toHaveLength(3);
    });
  });

  it('1002 for RSV1 where nothing was agreed on', () => {
    const decoder = new MessageDecoder(from, LIMITS);
    decoder.feed(of(0xc1, 'a'));
    expect(() => decoder.next()).toThrow(new ProtocolError('reserved-bits'));
  });

  it('1009 at the header for compressed data that can be nothing but padding', () => {
    const limits = { maxMessageBytes: 100, maxFragments: 0 };
    const room = 2 * 100 + 1024;
    const header = (size: number) => of(0xc2, Buffer.alloc(size, 'x')).subarray(0, -size);
    expect(decode(from, false, [header(room)], limits).violation).toBeUndefined();
    expect(decode(from, false, [header(room + 1)], limits).violation).toBe('message-too-big');
    const begin = of(0x42, 'x'.repeat(50));
    expect(decode(from, false, [begin, of(0x00, Buffer.alloc(room - 49)).subarray(0, 14)], limits).violation).toBe(
      'message-too-big',
    );
  });

  it('0 turns the limit off', () => {
    const { feed, received } = decoding(from, false, { maxMessageBytes: 0, maxFragments: 0 });
    expect(feed(of(0xc2, 'x'.repeat(100_000)))).toBeUndefined();
    expect(received[0]![1]).toHaveLength(100_000);
  });

  it('fragments are counted as ever', () => {
    const frames = [of(0x42, 'a'), ...Array.from({ length: 7 }, () => of(0x00, 'b')), of(0x80, 'c')];
    expect(decode(from, false, [Buffer.concat(frames)]).violation).toBe('too-many-fragments');
  });

  describe('what the inflater is given', () => {
    it('all that is at hand, in one piece, and no empty one before the end', () => {
      const { inflater, feed } = decoding(from, false);
      feed(Buffer.concat([of(0x41, 'a'), of(0x89), of(0x00, 'b'), of(0x00, 'c')]));
      feed(of(0x00));
      feed(of(0x89));
      feed(Buffer.concat([of(0x00, 'd'), of(0x80, 'e'), of(0xc1, 'whole'), of(0x41)]));
      feed(of(0x80));
      expect(inflater.given).toEqual(['abc', 'de.', 'whole.', '.']);
    });

    it('each piece of a frame as it comes', () => {
      const { inflater, feed } = decoding(from, false);
      for (const piece of cut(of(0xc1, 'abcdefghij'), 8, 9, 11)) feed(piece);
      expect(inflater.given.join('')).toBe('abcdefghij.');
      expect(inflater.given.length).toBeGreaterThan(1);
    });

    it('nothing while an answer is due; the rest of the chunk waits', () => {
      const { decoder, inflater } = decoding(from, true);
      decoder.feed(Buffer.concat([of(0xc1, 'a'), of(0xc1, 'b')]));
      expect(decoder.next()).toBe(INFLATING);
      expect(inflater.given).toEqual(['a.']);
      expect(decoder.unfinishedMessage).toBe(1);
      inflater.finish();
      expect(decoder.next()).toBe(1);
      expect(decoder.unfinishedMessage).toBe(0);
      expect(decoder.next()).toBe(INFLATING);
      inflater.finish();
      expect(decoder.next()).toBe(1);
      expect(decoder.next()).toBe(NOTHING);
    });
  });
});
