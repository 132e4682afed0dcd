import { describe, expect, it } from '@jest/globals';
import { CloseCode, isTransmittable } from '../../lib/frame/close-code.js';

describe('close codes', () => {
  it('§7.4: may be sent exactly when registered for it or from the ranges of libraries and applications', () => {
    const allowed = new Set([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014]);
    for (let code = 3000; code <= 4999; code++) allowed.add(code);
    const wrong = Array.from({ length: 65_536 }, (_, code) => code).filter(
      (code) => isTransmittable(code) !== allowed.has(code),
    );
    expect(wrong).toEqual([]);
  });

  it.each([-1, 1000.5, 3000.1, 4999.5, NaN, Infinity, -Infinity, 66_536, 2 ** 32 + 1000])('%p is none', (code) => {
    expect(isTransmittable(code)).toBe(false);
  });

  it('§7.4.1: 1005 and 1006 have names but are never sent, and no named code besides', () => {
    const unsendable = Object.entries(CloseCode).filter(([, code]) => !isTransmittable(code));
    expect(unsendable).toEqual([
      ['NO_STATUS', 1005],
      ['ABNORMAL', 1006],
    ]);
  });

  it('§7.4.1: have the registered numbers', () => {
    expect(CloseCode).toMatchObject({
      NORMAL: 1000,
      GOING_AWAY: 1001,
      PROTOCOL_ERROR: 1002,
      UNSUPPORTED_DATA: 1003,
      INVALID_PAYLOAD: 1007,
      POLICY_VIOLATION: 1008,
      MESSAGE_TOO_BIG: 1009,
      MANDATORY_EXTENSION: 1010,
      INTERNAL_ERROR: 1011,
      SERVICE_RESTART: 1012,
      TRY_AGAIN_LATER: 1013,
      BAD_GATEWAY: 1014,
    });
  });
});
