// The frame types of RFC 6455 §5.2 and the question most often asked of them.
// Opcodes 0x3-0x7 and 0xB-0xF are reserved and lead to close code 1002.

/** Frame opcodes (RFC 6455 §5.2, §11.8). */
export const Opcode = {
  CONTINUATION: 0x0,
  TEXT: 0x1,
  BINARY: 0x2,
  CLOSE: 0x8,
  PING: 0x9,
  PONG: 0xa,
} as const;

export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** Control frames have the top bit of the opcode set (§5.5). */
export function isControl(opcode: number): boolean {
  return (opcode & 0x8) !== 0;
}

export function isReservedOpcode(opcode: number): boolean {
  return (opcode & 0x7) > 2;
}
