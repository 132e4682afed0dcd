import { describe, expect, it } from '@jest/globals';
import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { decodeClosePayload, encodeClosePayload, MAX_REASON_BYTES } from '../../lib/frame/close-payload.js';
import { hex } from '../support/bytes.js';

const sendable = fc.oneof(
  fc.constantFrom(1000, 1001, 1002, 1003),
  fc.integer({ min: 1007, max: 1014 }),
  fc.integer({ min: 3000, max: 4999 }),
);

describe('decodeClosePayload', () => {
  it('§7.1.5: reads 1005 from an empty body', () => {
    expect(decodeClosePayload(hex(''))).toEqual({ code: 1005, reason: hex('') });
  });

  it('§5.5.1: reads a code in network byte order', () => {
    expect(decodeClosePayload(hex('03 e8'))).toEqual({ code: 1000, reason: hex('') });
    expect(decodeClosePayload(hex('0f a1'))).toEqual({ code: 4001, reason: hex('') });
  });

  it('§5.5.1: reads a reason behind it', () => {
    const { code, reason } = decodeClosePayload(Buffer.concat([hex('03 e9'), Buffer.from('tschüß €𝄞')]));
    expect(code).toBe(1001);
    expect(reason.toString()).toBe('tschüß €𝄞');
  });

  it('keeps the reason when the bytes it came in are used again', () => {
    const payload = Buffer.from('\x03\xe8bye', 'latin1');
    const { reason } = decodeClosePayload(payload);
    payload.fill(0);
    expect(reason.toString()).toBe('bye');
  });

  it.each(['00', '03', 'ff'])('§5.5.1: refuses a body of the one byte %s', (digits) => {
    expect(() => decodeClosePayload(hex(digits))).toThrow(
      expect.objectContaining({ violation: 'close-payload-of-one-byte', closeCode: 1002 }),
    );
  });

  it('§7.4: takes or refuses each code from 0 to 65535', () => {
    const taken: number[] = [];
    for (let code = 0; code < 65_536; code++) {
      try {
        expect(decodeClosePayload(Buffer.from([code >> 8, code & 0xff])).code).toBe(code);
        taken.push(code);
      } catch (error) {
        expect(error).toMatchObject({ violation: 'close-code-invalid', closeCode: 1002 });
      }
    }
    const ranges = taken.filter((code, i) => taken[i - 1] !== code - 1 || taken[i + 1] !== code + 1);
    expect(ranges).toEqual([1000, 1003, 1007, 1014, 3000, 4999]);
  });

  it.each(['80', 'c3', 'c0 80', 'ed a0 80', 'f4 90 80 80', '61 62 ff', 'e2 82'])(
    '§5.5.1: refuses the reason %s, which is not UTF-8',
    (reason) => {
      expect(() => decodeClosePayload(hex(`03e8${reason}`))).toThrow(
        expect.objectContaining({ violation: 'close-reason-not-utf8', closeCode: 1007 }),
      );
    },
  );

  it('§7.4: names the code where both code and reason are wrong', () => {
    expect(() => decodeClosePayload(hex('03 ed ff'))).toThrow(
      expect.objectContaining({ violation: 'close-code-invalid' }),
    );
  });
});

describe('encodeClosePayload', () => {
  it('§5.5.1: writes nothing for no code', () => {
    expect(encodeClosePayload()).toEqual(hex(''));
    expect(encodeClosePayload(undefined, '')).toEqual(hex(''));
    expect(encodeClosePayload(undefined, new Uint8Array())).toEqual(hex(''));
  });

  it('§5.5.1: writes the code in network byte order and the reason in UTF-8', () => {
    expect(encodeClosePayload(1000)).toEqual(hex('03 e8'));
    expect(encodeClosePayload(4999, 'é')).toEqual(hex('13 87 c3 a9'));
    expect(encodeClosePayload(3000, hex('e2 82 ac'))).toEqual(hex('0b b8 e2 82 ac'));
  });

  it('§5.5.1: has no reason without a code', () => {
    expect(() => encodeClosePayload(undefined, 'why')).toThrow(TypeError);
    expect(() => encodeClosePayload(undefined, hex('61'))).toThrow(TypeError);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_536, 66_536, 1000.5, NaN, -1])(
    '§7.4: never writes the code %p',
    (code) => {
      expect(() => encodeClosePayload(code)).toThrow(TypeError);
      expect(() => encodeClosePayload(code)).toThrow(String(code));
    },
  );

  it('§5.5: fills a control frame and no more: 123 bytes of reason, not characters', () => {
    expect(MAX_REASON_BYTES).toBe(123);
    expect(encodeClosePayload(1000, 'a'.repeat(123))).toHaveLength(125);
    expect(encodeClosePayload(1000, 'é'.repeat(61))).toHaveLength(124);
    expect(() => encodeClosePayload(1000, 'a'.repeat(124))).toThrow(RangeError);
    expect(() => encodeClosePayload(1000, 'é'.repeat(62))).toThrow(RangeError);
    expect(() => encodeClosePayload(1000, new Uint8Array(124))).toThrow(RangeError);
  });

  it('§5.5.1: sends no reason that a peer must fail the connection for', () => {
    expect(() => encodeClosePayload(1000, hex('ff'))).toThrow(TypeError);
    expect(() => encodeClosePayload(1000, hex('61 c3'))).toThrow(TypeError);
    expect(encodeClosePayload(1000, '\ud800')).toEqual(hex('03 e8 ef bf bd'));
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(sendable, fc.string({ unit: 'binary', maxLength: 30 }), (code, reason) => {
        const decoded = decodeClosePayload(encodeClosePayload(code, reason));
        expect([decoded.code, decoded.reason.toString()]).toEqual([code, reason]);
      }),
    );
  });
});
