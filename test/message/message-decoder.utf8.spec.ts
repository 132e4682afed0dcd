// §8.1: what a text message may contain, and how soon the decoder knows.

import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { ProtocolError } from '../../lib/frame/protocol-error.js';
import { MessageDecoder, NOTHING } from '../../lib/message/message-decoder.js';
import { byteByByte, cut, everyCut, frame, hex, type Role, ROLES } from '../support/bytes.js';

const KOSME = hex('ce ba e1 bd b9 cf 83 ce bc ce b5');

/** The last text and whether it was taken for ASCII; or the name of the broken rule; or nothing yet. */
function decode(from: Role, pieces: Iterable<Buffer>): [text: string, isAscii: boolean] | string | undefined {
  const decoder = new MessageDecoder(from, { maxMessageBytes: 0, maxFragments: 0 });
  let text: [string, boolean] | undefined;
  try {
    for (const piece of pieces) {
      decoder.feed(piece);
      for (let opcode = decoder.next(); opcode !== NOTHING; opcode = decoder.next()) {
        if (opcode <= 2) text = [decoder.payload.toString(), decoder.payloadIsAscii];
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    expect(error.closeCode).toBe(1007);
    return error.violation;
  }
  return text;
}

describe.each(ROLES)('MessageDecoder for texts from a %s', (from) => {
  it.each([
    ['', true],
    ['Hello', true],
    ['x'.repeat(300), true],
    ['\u007f', true],
    ['\u0080', false],
    ['κόσμε', false],
    ['Hello-µ@ßöäüàá-UTF-8!!', false],
    [`${'x'.repeat(100)}€`, false],
    ['\ud7ff\ue000\uffff\ufeff𐀀\u{10ffff}', false],
  ])('takes %p whole and in fragments cut anywhere', (text, isAscii) => {
    const payload = Buffer.from(text);
    for (const pieces of everyCut(frame(from, 0x81, payload))) expect(decode(from, pieces)).toEqual([text, isAscii]);
    for (const fragments of everyCut(payload)) {
      const bytes = fragmented(from, fragments);
      expect(decode(from, [Buffer.from(bytes)])).toEqual([text, isAscii]);
      expect(decode(from, byteByByte(bytes))).toEqual([text, isAscii]);
    }
  });

  it.each<[string, number]>([
    ['80', 1],
    ['c0 af', 1],
    ['c1 bf', 1],
    ['e0 80 af', 2],
    ['e0 9f bf', 2],
    ['f0 80 80 af', 2],
    ['f0 8f bf bf', 2],
    ['f8 88 80 80 80', 1],
    ['ed a0 80', 2],
    ['ed bf bf', 2],
    ['ed a0 80 ed b0 80', 2],
    ['f4 90 80 80', 2],
    ['f5 80 80 80', 1],
    ['fe', 1],
    ['ff', 1],
    ['c3 28', 2],
    ['e2 82 28', 3],
    ['f0 9f 98 28', 4],
  ])('refuses %p as soon as its byte %i is there, not at the end of the message', (digits, settledBy) => {
    for (const before of [hex(''), Buffer.from('a'), KOSME, Buffer.from('x'.repeat(60))]) {
      const payload = Buffer.concat([before, hex(digits), Buffer.from('edited')]);
      const whole = frame(from, 0x81, payload);
      const settled = whole.length - payload.length + before.length + settledBy;
      expect(decode(from, [Buffer.from(whole.subarray(0, settled))])).toBe('text-not-utf8');
      expect(decode(from, byteByByte(whole.subarray(0, settled)))).toBe('text-not-utf8');
      expect(decode(from, byteByByte(whole.subarray(0, settled - 1)))).toBeUndefined();
      for (const pieces of everyCut(whole)) expect(decode(from, pieces)).toBe('text-not-utf8');
      for (const fragments of everyCut(payload))
        expect(decode(from, [fragmented(from, fragments)])).toBe('text-not-utf8');
    }
  });

  it('refuses in a fragment whose successor has not come', () => {
    const head = frame(from, 0x01, Buffer.concat([KOSME, hex('f4')]));
    expect(decode(from, [Buffer.from(head)])).toBeUndefined();
    const next = frame(from, 0x00, hex('90'));
    expect(decode(from, [head, next])).toBe('text-not-utf8');
  });

  it.each(['c3', 'e2', 'e2 82', 'f0 9f', 'f0 9f 98'])('refuses %p at the end of a message', (digits) => {
    for (const before of ['', 'x'.repeat(60), '€'.repeat(20)]) {
      const payload = Buffer.concat([Buffer.from(before), hex(digits)]);
      for (const pieces of everyCut(frame(from, 0x81, payload))) expect(decode(from, pieces)).toBe('text-not-utf8');
      const emptyEnd = Buffer.concat([frame(from, 0x01, payload), frame(from, 0x80)]);
      for (const pieces of everyCut(emptyEnd)) expect(decode(from, pieces)).toBe('text-not-utf8');
      expect(decode(from, [frame(from, 0x01, payload), frame(from, 0x80, 'x')])).toBe('text-not-utf8');
    }
  });

  it('§5.6: does not mind what binary messages contain', () => {
    const payload = hex('ff c0 80 ed a0 80 e2');
    for (const fragments of everyCut(payload)) {
      expect(decode(from, [fragmented(from, fragments, 0x2)])).toEqual([payload.toString(), false]);
    }
  });

  it('judges each text by itself', () => {
    const texts = ['€', 'plain', 'é'].map((text) => fragmented(from, byteByByte(Buffer.from(text))));
    expect(decode(from, [Buffer.concat(texts)])).toEqual(['é', false]);
    expect(decode(from, [Buffer.concat([texts[0]!, texts[1]!])])).toEqual(['plain', true]);
    const binaryBefore = fragmented(from, byteByByte(hex('e2 82')), 0x2);
    expect(decode(from, [Buffer.concat([binaryBefore, texts[0]!])])).toEqual(['€', false]);
  });

  it('agrees with TextDecoder, however the text is fragmented and cut', () => {
    const bytes = fc
      .array(fc.constantFrom('a', 'é', '€', '𝄞', 'x'.repeat(33)), { maxLength: 12 })
      .map((parts) => Buffer.from(parts.join('')));
    const places = fc.array(fc.nat(300), { maxLength: 6 });
    fc.assert(
      fc.property(
        bytes,
        fc.option(fc.tuple(fc.nat(), fc.nat(255))),
        places,
        places,
        (bytes, change, fragmentPlaces, places) => {
          const payload = Buffer.from(bytes);
          if (change !== null && payload.length > 0) payload[change[0] % payload.length] = change[1];
          const outcome = decode(from, cut(fragmented(from, cut(payload, ...fragmentPlaces)), ...places));
          expect(outcome).toEqual(expectedOf(payload));
        },
      ),
      { numRuns: 300 },
    );
  });
});

function fragmented(from: Role, fragments: readonly Buffer[], opcode = 0x1): Buffer {
  const last = fragments.length - 1;
  if (last < 0) return frame(from, 0x80 | opcode);
  return Buffer.concat(
    fragments.map((fragment, i) => frame(from, (i === last ? 0x80 : 0) | (i === 0 ? opcode : 0), fragment)),
  );
}

function expectedOf(payload: Buffer): [string, boolean] | string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload);
    return [text, payload.every((byte) => byte < 0x80)];
  } catch {
    return 'text-not-utf8';
  }
}
