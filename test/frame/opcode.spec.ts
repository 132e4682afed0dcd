import { describe, expect, it } from '@jest/globals';
import { isControl, isReservedOpcode, Opcode } from '../../lib/frame/opcode.js';

const every = Array.from({ length: 16 }, (_, opcode) => opcode);

describe('opcodes', () => {
  it('§11.8: have the registered numbers', () => {
    expect(Opcode).toEqual({ CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 });
  });

  it('§5.2: 3 to 7 and 0xB to 0xF are reserved', () => {
    expect(every.filter(isReservedOpcode)).toEqual([3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf]);
  });

  it('§5.5: those with the top bit are control frames', () => {
    expect(every.filter(isControl)).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
  });
});
