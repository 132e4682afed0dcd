// RFC 6455 §5.2: the fields of a frame header: FIN, the reserved bits, opcodes, and the three forms of the length.

import { Buffer } from 'node:buffer';
import { frame, frameWithLength, hex } from '../../support/bytes.js';
import { binary, conforms, cutShort, fails, type Frame, ping, text, WAITING, type WireCase } from '../harness.js';

/** Where one form of the length gives way to the next, and where other implementations have slipped. */
const SIZES = [0, 1, 2, 124, 125, 126, 127, 128, 255, 256, 257, 1000, 16_383, 16_384, 65_535, 65_536, 65_537, 131_072];

const ofSize = (size: number): string => 'abcdefghijklmnop'.repeat(Math.ceil(size / 16)).slice(0, size);

const sizes = SIZES.flatMap((size): WireCase[] => [
  {
    rule: `§5.2 payload length: a text message of ${size} bytes`,
    frames: [[0x81, ofSize(size)]],
    receives: [text(ofSize(size))],
  },
  {
    rule: `§5.2 payload length: a binary message of ${size} bytes`,
    frames: [[0x82, Buffer.alloc(size, 0xfe)]],
    receives: [binary(Buffer.alloc(size, 0xfe))],
  },
]);

/** A frame whose length stands there as it is given. */
const withLength =
  (firstByte: number, length: number[], payload: string | Uint8Array = ''): Frame =>
  (from) =>
    frameWithLength(from, firstByte, length, payload);

const lengths: WireCase[] = [
  ...[0, 1, 5, 124, 125].map((size) => ({
    rule: `§5.2 "the minimal number of bytes MUST be used": ${size} in 16 bits`,
    frames: [withLength(0x81, [126, 0, size], ofSize(size))],
    ends: fails(1002),
  })),
  ...[0, 5, 125, 126, 127, 65_535].map((size) => ({
    rule: `§5.2 "the minimal number of bytes MUST be used": ${size} in 64 bits`,
    frames: [withLength(0x82, [127, 0, 0, 0, 0, 0, 0, size >> 8, size & 0xff], ofSize(size))],
    ends: fails(1002),
  })),
  ...['80 00 00 00 00 00 00 05', 'ff ff ff ff ff ff ff ff', '80 00 00 00 00 01 00 00'].map((digits) => ({
    rule: `§5.2 of 64 bits "the most significant bit MUST be 0": ${digits}`,
    frames: [withLength(0x82, [127, ...hex(digits)], 'Hello')],
    ends: fails(1002),
  })),
  {
    rule: '§5.2 the first of eight bytes settles that the top bit is set',
    frames: [(from) => Buffer.from([0x82, from === 'client' ? 0xff : 0x7f, 0x80])],
    ends: fails(1002),
  },
  ...[
    ['7f ff ff ff ff ff ff ff', '2^63 - 1'],
    ['00 20 00 00 00 00 00 01', '2^53 + 1'],
    ['00 00 00 01 00 00 00 00', '2^32'],
    ['00 00 00 00 80 00 00 00', '2^31'],
  ].map(([digits, name]) => ({
    rule: `§5.2, §10.4 a length of ${name} is legal, and more than we take: 1009 at the header`,
    frames: [withLength(0x82, [127, ...hex(digits!)])],
    ends: fails(1009),
  })),
  {
    rule: '§5.2 the smallest length in 16 bits, 126, is minimal there',
    frames: [withLength(0x81, [126, 0, 126], ofSize(126))],
    receives: [text(ofSize(126))],
  },
  {
    rule: '§5.2 the smallest length in 64 bits, 65536, is minimal there',
    frames: [withLength(0x82, [127, 0, 0, 0, 0, 0, 1, 0, 0], ofSize(65_536))],
    receives: [binary(ofSize(65_536))],
  },
  {
    rule: '§5.2 multibyte lengths are in network byte order',
    frames: [withLength(0x82, [126, 0x01, 0x02], ofSize(0x0102))],
    receives: [binary(ofSize(0x0102))],
  },
  {
    rule: '§5.2 a header without its payload is waited for, whatever its length',
    frames: [cutShort(0, 0x82, ofSize(65_536))],
    ends: WAITING,
  },
];

/** RSV1 to 3 in all combinations; RSV1 has a meaning where permessage-deflate was agreed on (RFC 7692 §6). */
const reserved = [0x40, 0x20, 0x10, 0x60, 0x50, 0x30, 0x70].flatMap((bits): WireCase[] => {
  const name = `RSV ${(bits >> 4).toString(2).padStart(3, '0')}`;
  const rule = `§5.2 "MUST be 0 unless an extension is negotiated that defines meanings": ${name}`;
  const rsv1 = bits === 0x40 ? { deflate: false } : {};
  return [
    { rule: `${rule} on a text`, frames: [[0x81 | bits, 'small text']], ends: fails(1002), ...rsv1 },
    { rule: `${rule} on an empty binary`, frames: [[0x82 | bits]], ends: fails(1002), ...rsv1 },
    {
      rule: `${rule} on the second of three texts`,
      frames: [
        [0x81, 'first'],
        [0x81 | bits, 'second'],
        [0x89, 'never seen'],
      ],
      receives: [text('first')],
      ends: fails(1002),
      ...rsv1,
    },
    { rule: `${rule} on a ping`, frames: [[0x89 | bits, 'x']], ends: fails(1002) },
    { rule: `${rule} on a pong`, frames: [[0x8a | bits, 'x']], ends: fails(1002) },
    { rule: `${rule} on a Close`, frames: [[0x88 | bits]], ends: fails(1002) },
    {
      rule: `${rule} on a continuation`,
      frames: [
        [0x01, 'a'],
        [0x80 | bits, 'b'],
      ],
      ends: fails(1002),
    },
    {
      rule: `${rule}, settled by the first byte`,
      frames: [() => Buffer.from([0x81 | bits])],
      ends: fails(1002),
      ...rsv1,
    },
  ];
});

const opcodes = [0x3, 0x4, 0x5, 0x6, 0x7, 0xb, 0xc, 0xd, 0xe, 0xf].flatMap((opcode): WireCase[] => {
  const kind = opcode < 8 ? 'non-control' : 'control';
  const rule = `§5.2 "If an unknown opcode is received, the receiving endpoint MUST Fail": ${kind} 0x${opcode.toString(16)}`;
  const firstByte = 0x80 | opcode;
  return [
    { rule: `${rule}, empty`, frames: [[firstByte]], ends: fails(1002) },
    { rule: `${rule}, with a payload`, frames: [[firstByte, 'reserved payload']], ends: fails(1002) },
    { rule: `${rule}, not final`, frames: [[opcode, 'x']], ends: fails(1002) },
    { rule: `${rule}, settled by the first byte`, frames: [() => Buffer.from([firstByte])], ends: fails(1002) },
    {
      rule: `${rule}, behind a text and before a ping`,
      frames: [
        [0x81, 'Hello'],
        [firstByte, 'x'],
        [0x89, 'never seen'],
      ],
      receives: [text('Hello')],
      ends: fails(1002),
    },
    {
      rule: `${rule}, between two fragments`,
      frames: [
        [0x01, 'Hel'],
        [firstByte, 'x'],
        [0x80, 'lo'],
      ],
      ends: fails(1002),
    },
  ];
});

const fields: WireCase[] = [
  {
    rule: '§5.2 "The length of the \\"Payload data\\" ... may be zero" in frames one behind the other',
    frames: [[0x81], [0x82], [0x89], [0x81]],
    receives: [text(''), binary(''), ping(), text('')],
  },
  {
    rule: '§5.2 a frame follows the one before without any gap',
    frames: [
      [0x81, ofSize(125)],
      [0x81, ofSize(126)],
      [0x82, ofSize(127)],
      [0x81, 'end'],
    ],
    receives: [text(ofSize(125)), text(ofSize(126)), binary(ofSize(127)), text('end')],
  },
  {
    rule: '§5.2 half a header is waited for',
    frames: [(from) => frame(from, 0x82, ofSize(70_000)).subarray(0, 7)],
    ends: WAITING,
  },
];

conforms('RFC 6455 §5.2 Base Framing Protocol: sizes', sizes);
conforms('RFC 6455 §5.2 Base Framing Protocol: lengths', lengths);
conforms('RFC 6455 §5.2 Base Framing Protocol: reserved bits', reserved);
conforms('RFC 6455 §5.2 Base Framing Protocol: opcodes', opcodes);
conforms('RFC 6455 §5.2 Base Framing Protocol: fields', fields);
