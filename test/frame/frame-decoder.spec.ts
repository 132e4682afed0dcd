import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { FrameDecoder } from '../../lib/frame/frame-decoder.js';
import { ProtocolError } from '../../lib/frame/protocol-error.js';
import { cut, everyCut, frame, frameWithLength, hex, MASK, type Role, ROLES } from '../support/bytes.js';

interface Frame {
  first: number;
  payload: string;
  isAscii: boolean;
}

/** The frames in these pieces, and the name of the broken rule behind the last of them, if there is one. */
function decode(from: Role, pieces: Iterable<Buffer>, extensionBits = 0): { frames: Frame[]; violation?: string } {
  const decoder = new FrameDecoder({ from, extensionBits });
  const frames: Frame[] = [];
  let current: Frame | undefined;
  try {
    for (const piece of pieces) {
      decoder.feed(piece);
      for (;;) {
        if (current === undefined) {
          if (!decoder.readHeader()) break;
          current = {
            first: (decoder.fin ? 0x80 : 0) | decoder.reservedBits | decoder.opcode,
            payload: '',
            isAscii: true,
          };
        }
        current.payload += decoder.readPayload().toString('latin1');
        current.isAscii &&= decoder.pieceIsAscii;
        if (decoder.payloadRemaining > 0) break;
        expect(current.payload).toHaveLength(decoder.payloadLength);
        frames.push(current);
        current = undefined;
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { frames, violation: error.violation };
  }
  return { frames };
}

function expectFrames(from: Role, bytes: Buffer, ...expected: [first: number, payload: string][]): void {
  for (const pieces of everyCut(bytes)) {
    expect(decode(from, pieces).frames.map(({ first, payload }) => [first, payload])).toEqual(expected);
  }
}

/** The rule is broken exactly when `settledBy` bytes are there, not one earlier, and however they are cut. */
function expectViolation(from: Role, bytes: Buffer, violation: string, settledBy: number): void {
  for (const pieces of everyCut(bytes)) expect(decode(from, pieces)).toEqual({ frames: [], violation });
  expect(decode(from, [Buffer.from(bytes.subarray(0, settledBy))]).violation).toBe(violation);
  expect(decode(from, [Buffer.from(bytes.subarray(0, settledBy - 1))]).violation).toBeUndefined();
}

describe('FrameDecoder on the examples of §5.7', () => {
  it.each<[string, Role, string, [number, string][]]>([
    ['an unmasked text message', 'server', '81 05 48 65 6c 6c 6f', [[0x81, 'Hello']]],
    ['a masked text message', 'client', '81 85 37 fa 21 3d 7f 9f 4d 51 58', [[0x81, 'Hello']]],
    [
      'a fragmented text message',
      'server',
      '01 03 48 65 6c 80 02 6c 6f',
      [
        [0x01, 'Hel'],
        [0x80, 'lo'],
      ],
    ],
    ['an unmasked ping', 'server', '89 05 48 65 6c 6c 6f', [[0x89, 'Hello']]],
    ['a masked pong', 'client', '8a 85 37 fa 21 3d 7f 9f 4d 51 58', [[0x8a, 'Hello']]],
  ])('reads %s', (_, from, digits, frames) => {
    expectFrames(from, hex(digits), ...frames);
  });

  it('reads 256 bytes of binary data and 64 KiB of them', () => {
    expectFrames('server', Buffer.concat([hex('82 7e 01 00'), Buffer.alloc(256, 'x')]), [0x82, 'x'.repeat(256)]);
    const large = Buffer.concat([hex('82 7f 00 00 00 00 00 01 00 00'), Buffer.alloc(65_536, 'x')]);
    expect(decode('server', [large]).frames[0]!.payload).toBe('x'.repeat(65_536));
  });
});

describe.each(ROLES)('FrameDecoder for frames from a %s', (from) => {
  it.each([0, 1, 125, 126, 127, 128, 65_535, 65_536, 70_000])(
    '§5.2: reads a payload of %i bytes in the shortest form',
    (length) => {
      const payload = Buffer.from(Array.from({ length }, (_, i) => i % 251)).toString('latin1');
      const bytes = frame(from, 0x82, Buffer.from(payload, 'latin1'));
      for (const place of [0, 1, 2, 3, 4, 5, 9, 10, 11, 13, 14, 15, 17, bytes.length - 1]) {
        expect(decode(from, cut(bytes, place)).frames).toEqual([expect.objectContaining({ first: 0x82, payload })]);
      }
      if (length < 200) expectFrames(from, bytes, [0x82, payload]);
    },
  );

  it('§5.2: reads frames one behind the other', () => {
    const bytes = Buffer.concat([
      frame(from, 0x81, 'a'),
      frame(from, 0x89),
      frame(from, 0x02, 'bc'),
      frame(from, 0x80),
      frame(from, 0x88),
    ]);
    expectFrames(from, bytes, [0x81, 'a'], [0x89, ''], [0x02, 'bc'], [0x80, ''], [0x88, '']);
  });

  it.each([0x83, 0x84, 0x85, 0x86, 0x87, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x03, 0x0b])(
    '§5.2: refuses the reserved opcode in %p',
    (first) => {
      expectViolation(from, frame(from, first, 'x'), 'reserved-opcode', 1);
    },
  );

  it.each([0xc1, 0xa1, 0x91, 0xf1, 0xc2, 0xc9, 0x98, 0xa8, 0x50, 0x41])(
    '§5.2: refuses the reserved bits in %p',
    (first) => {
      expectViolation(from, frame(from, first, 'x'), 'reserved-bits', 1);
    },
  );

  it('§5.2: lets a reserved bit pass that an extension uses, and no other', () => {
    expect(decode(from, [frame(from, 0xc1, 'x')], 0x40).frames).toEqual([{ first: 0xc1, payload: 'x', isAscii: true }]);
    expect(decode(from, [frame(from, 0xa1, 'x')], 0x40).violation).toBe('reserved-bits');
    expect(decode(from, [frame(from, 0xe1, 'x')], 0x40).violation).toBe('reserved-bits');
    expect(decode(from, [frame(from, 0xf1, 'x')], 0x70).frames[0]!.first).toBe(0xf1);
  });

  it('§5.1: refuses frames that are masked as the other side masks its own', () => {
    const [other, violation] =
      from === 'client' ? (['server', 'unmasked-frame'] as const) : (['client', 'masked-frame'] as const);
    for (const first of [0x81, 0x02, 0x80, 0x88, 0x89, 0x8a]) {
      expectViolation(from, frame(other, first, 'x'), violation, 2);
      expectViolation(from, frame(other, first, ''), violation, 2);
    }
  });

  it.each<[string, number[], number]>([
    ['0 in 16 bits', [126, 0, 0], 4],
    ['125 in 16 bits', [126, 0, 125], 4],
    ['0 in 64 bits', [127, 0, 0, 0, 0, 0, 0, 0, 0], 10],
    ['125 in 64 bits', [127, 0, 0, 0, 0, 0, 0, 0, 125], 10],
    ['126 in 64 bits', [127, 0, 0, 0, 0, 0, 0, 0, 126], 10],
    ['65535 in 64 bits', [127, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 10],
  ])('§5.2: refuses a length that is not in its shortest form: %s', (_, length, settledBy) => {
    expectViolation(from, frameWithLength(from, 0x82, length, 'x'), 'length-not-minimal', settledBy);
  });

  it.each([
    [[127, 0x80, 0, 0, 0, 0, 0, 0, 1]],
    [[127, 0x80, 0, 0, 0, 0, 0, 0, 0]],
    [[127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ])('§5.2: refuses a 64-bit length with the top bit: %p', (length) => {
    expectViolation(from, frameWithLength(from, 0x82, length), 'length-top-bit', 3);
  });

  it.each<[number[], number]>([
    [[127, 0, 0, 0, 0, 0x80, 0, 0, 0], 2 ** 31],
    [[127, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], 2 ** 32 - 1],
    [[127, 0, 0, 0, 1, 0, 0, 0, 0], 2 ** 32],
    [[127, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Number.MAX_SAFE_INTEGER],
    [[127, 0, 0x20, 0, 0, 0, 0, 0, 1], 2 ** 53],
    [[127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 2 ** 63],
  ])('§5.2: tells the length %p before any of it has come', (length, expected) => {
    for (const pieces of everyCut(frameWithLength(from, 0x82, length))) {
      const decoder = new FrameDecoder({ from, extensionBits: 0 });
      const answers = pieces.map((piece) => (decoder.feed(piece), decoder.readHeader()));
      expect(answers).toEqual(pieces.map((_, i) => i === pieces.length - 1));
      expect([decoder.payloadLength, decoder.payloadRemaining]).toEqual([expected, expected]);
      expect(decoder.readPayload()).toHaveLength(0);
    }
  });

  it.each([0x88, 0x89, 0x8a])('§5.5: takes 125 bytes in control frame %p, and not 126', (first) => {
    expectFrames(from, frame(from, first, 'x'.repeat(125)), [first, 'x'.repeat(125)]);
    expectViolation(from, frame(from, first, 'x'.repeat(126)), 'control-too-long', 2);
    expectViolation(from, frameWithLength(from, first, [126, 0, 1], 'x'), 'control-too-long', 2);
    expectViolation(from, frameWithLength(from, first, [127, 0x80, 0, 0, 0, 0, 0, 0, 0]), 'control-too-long', 2);
  });

  it.each([0x08, 0x09, 0x0a])('§5.5: refuses the fragmented control frame %p', (first) => {
    expectViolation(from, frame(from, first, 'x'), 'control-fragmented', 1);
  });

  it('tells whether a payload is ASCII', () => {
    for (const payload of ['', 'plain', 'x'.repeat(200)]) {
      expect(decode(from, [frame(from, 0x81, payload)]).frames[0]!.isAscii).toBe(true);
    }
    for (const payload of ['é', `${'x'.repeat(100)}é`, `é${'x'.repeat(100)}`]) {
      for (const pieces of everyCut(frame(from, 0x81, payload)))
        expect(decode(from, pieces).frames[0]!.isAscii).toBe(false);
    }
  });

  it('reads any frames, however they are cut', () => {
    const frames = fc.array(
      fc.tuple(fc.constantFrom(0x01, 0x02, 0x00, 0x80, 0x81, 0x82), fc.uint8Array({ maxLength: 300 })),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(frames, fc.array(fc.nat(600), { maxLength: 20 }), (frames, places) => {
        const bytes = Buffer.concat(frames.map(([first, payload]) => frame(from, first, payload)));
        const expected = frames.map(([first, payload]) => ({
          first,
          payload: Buffer.from(payload).toString('latin1'),
          isAscii: payload.every((byte) => byte < 0x80),
        }));
        expect(decode(from, cut(bytes, ...places))).toEqual({ frames: expected });
      }),
    );
  });

  it('makes of any bytes frames or one broken rule, the same however they are cut', () => {
    const almost = fc
      .tuple(fc.nat(255), fc.nat(255), fc.uint8Array({ maxLength: 40 }))
      .map(([a, b, rest]) => Buffer.from([a, b, ...rest]));
    const bytes = fc.array(fc.oneof(almost, fc.constant(frame(from, 0x81, 'ok')), fc.constant(frame(from, 0x89))), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(100), { maxLength: 10 }), (frames, places) => {
        const bytes = Buffer.concat(frames);
        expect(decode(from, cut(bytes, ...places))).toEqual(decode(from, [Buffer.from(bytes)]));
        expect(decode(from, [frame(from, 0x81, 'ok')]).frames).toHaveLength(1);
      }),
    );
  });
});

describe('FrameDecoder and its chunks', () => {
  it('unmasks in place and hands out views', () => {
    const chunk = frame('client', 0x81, 'Hello');
    const decoder = new FrameDecoder({ from: 'client', extensionBits: 0 });
    decoder.feed(chunk);
    decoder.readHeader();
    const payload = decoder.readPayload();
    expect(payload.buffer).toBe(chunk.buffer);
    expect(chunk).toEqual(Buffer.concat([hex('81 85'), MASK, Buffer.from('Hello')]));
  });

  it('leaves the bytes behind the frame as they are', () => {
    const decoder = new FrameDecoder({ from: 'client', extensionBits: 0 });
    const chunk = Buffer.concat([frame('client', 0x81, 'a'.repeat(70)), hex('aa bb cc')]);
    decoder.feed(chunk);
    decoder.readHeader();
    expect(decoder.readPayload().toString()).toBe('a'.repeat(70));
    expect(chunk.subarray(-3)).toEqual(hex('aa bb cc'));
  });

  it('hands out what there is of a payload and waits for the rest', () => {
    const decoder = new FrameDecoder({ from: 'client', extensionBits: 0 });
    const [head, first, nothing, second] = cut(frame('client', 0x82, 'abcdef'), 6, 9, 9) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    decoder.feed(head);
    expect(decoder.readHeader()).toBe(true);
    expect([decoder.readPayload().toString(), decoder.payloadRemaining]).toEqual(['', 6]);
    decoder.feed(first);
    expect([decoder.readPayload().toString(), decoder.payloadRemaining]).toEqual(['abc', 3]);
    decoder.feed(nothing);
    expect([decoder.readPayload().toString(), decoder.payloadRemaining]).toEqual(['', 3]);
    decoder.feed(second);
    expect([decoder.readPayload().toString(), decoder.payloadRemaining]).toEqual(['def', 0]);
    expect(decoder.readHeader()).toBe(false);
  });

  it('keeps the beginning of a header over empty chunks and a release', () => {
    const decoder = new FrameDecoder({ from: 'client', extensionBits: 0 });
    for (const piece of cut(frame('client', 0x81, 'x'.repeat(200)), 0, 1, 1, 3, 3, 7)) {
      decoder.feed(piece);
      if (decoder.readHeader()) break;
      decoder.release();
    }
    expect([decoder.payloadLength, decoder.readPayload().toString()]).toEqual([200, 'x'.repeat(200)]);
  });

  it('puts new bytes behind those that were kept, and forgets those that were released', () => {
    const decoder = new FrameDecoder({ from: 'server', extensionBits: 0 });
    const chunk = hex('81 01 61');
    decoder.feed(chunk);
    expect(decoder.isReading(chunk)).toBe(true);
    decoder.keep();
    expect(decoder.isReading(chunk)).toBe(false);
    chunk.set(hex('81 01 62 ff ff'.slice(0, 8)));
    decoder.feed(chunk);
    const read = (): string => (decoder.readHeader() ? decoder.readPayload().toString() : 'nothing');
    expect([read(), read(), read()]).toEqual(['a', 'b', 'nothing']);
    decoder.feed(hex('81 01 63'));
    decoder.release();
    decoder.feed(hex('81 01 64'));
    expect(read()).toBe('d');
  });
});
