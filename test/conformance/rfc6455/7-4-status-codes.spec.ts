// RFC 6455 §7.4: which codes a Close frame may carry, in either direction.

import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { encodeClosePayload } from '../../../lib/frame/close-payload.js';
import { closePayload } from '../../support/bytes.js';
import { closed, conforms, fails, type WireCase } from '../harness.js';

/** §7.4.1, and 1012 to 1014 of the registry that §11.7 founds; then the ranges of §7.4.2. */
const ALLOWED = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3500, 3999, 4000, 4001, 4500,
  4999,
];
const FORBIDDEN: readonly [number, string][] = [
  [0, '§7.4.2 "in the range 0-999 are not used"'],
  [1, '§7.4.2 "in the range 0-999 are not used"'],
  [999, '§7.4.2 "in the range 0-999 are not used"'],
  [1004, '§7.4.1 "Reserved. The specific meaning might be defined in the future"'],
  [1005, '§7.4.1 1005 "MUST NOT be set as a status code in a Close control frame"'],
  [1006, '§7.4.1 1006 "MUST NOT be set as a status code in a Close control frame"'],
  [1015, '§7.4.1 1015 "MUST NOT be set as a status code in a Close control frame"'],
  [1016, '§7.4.2 "in the range 1000-2999 are reserved for definition by this protocol"'],
  [1100, '§7.4.2 "in the range 1000-2999 are reserved for definition by this protocol"'],
  [2000, '§7.4.2 "in the range 1000-2999 are reserved for definition by this protocol"'],
  [2999, '§7.4.2 "in the range 1000-2999 are reserved for definition by this protocol"'],
  [5000, '§7.4.2 names no range above 4999'],
  [65_535, '§7.4.2 names no range above 4999'],
];

const cases: WireCase[] = [
  ...ALLOWED.flatMap((code): WireCase[] => [
    { rule: `§7.4 ${code} alone`, frames: [[0x88, closePayload(code)]], ends: closed(code) },
    {
      rule: `§7.4 ${code} with a reason`,
      frames: [[0x88, closePayload(code, 'reason')]],
      ends: closed(code, 'reason'),
    },
  ]),
  ...FORBIDDEN.flatMap(([code, rule]): WireCase[] => [
    { rule: `${rule}: ${code} is answered by 1002`, frames: [[0x88, closePayload(code)]], ends: fails(1002) },
    {
      rule: `${rule}: ${code} with a reason is answered by 1002`,
      frames: [[0x88, closePayload(code, 'reason')]],
      ends: fails(1002),
    },
  ]),
];

conforms('RFC 6455 §7.4 Status Codes', cases);

describe('RFC 6455 §7.4 the codes that we send', () => {
  it('§7.4 of all 65,536, those that may be received may be sent, and no others', () => {
    const refused: number[] = [];
    for (let code = 0; code < 65_536; code++) {
      try {
        expect(encodeClosePayload(code)).toEqual(closePayload(code));
      } catch {
        refused.push(code);
      }
    }
    const expected = Array.from({ length: 65_536 }, (_, code) => code).filter(
      (code) => code < 1000 || [1004, 1005, 1006].includes(code) || (code > 1014 && code < 3000) || code > 4999,
    );
    expect(refused).toEqual(expected);
  });

  it('§5.5, §7.1.6 a reason of 123 bytes is sent, one of 124 is not', () => {
    const reason = 'é'.repeat(61);
    expect(encodeClosePayload(1000, `${reason}x`)).toEqual(closePayload(1000, Buffer.from(`${reason}x`)));
    expect(() => encodeClosePayload(1000, `${reason}xx`)).toThrow(RangeError);
  });
});
