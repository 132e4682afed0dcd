// RFC 6455 §8.1: text that is not UTF-8 fails the connection with 1007, with the first byte that settles it; and all text
// that is UTF-8 passes, wherever its characters are cut.

import { Buffer } from 'node:buffer';
import { hex } from '../../support/bytes.js';
import { conforms, cutShort, fails, type Frame, ping, text, WAITING, type WireCase } from '../harness.js';

const KOSME = hex('ce ba e1 bd b9 cf 83 ce bc ce b5');

const rule = '§8.1 "byte stream that is not ... UTF-8 ... MUST _Fail the WebSocket Connection_"';

function octetwise(payload: Uint8Array): Frame[] {
  return Array.from(payload, (byte, i): Frame => [
    (i === payload.length - 1 ? 0x80 : 0) | (i === 0 ? 1 : 0),
    Uint8Array.of(byte),
  ]);
}

const VALID: readonly [string, string][] = [
  ['the Greek word "kosme"', 'ce ba e1 bd b9 cf 83 ce bc ce b5'],
  ['the first character of one byte', '00'],
  ['of two bytes', 'c2 80'],
  ['of three bytes', 'e0 a0 80'],
  ['of four bytes', 'f0 90 80 80'],
  ['the last character of one byte', '7f'],
  ['of two bytes, the last', 'df bf'],
  ['of three bytes, the last', 'ef bf bf'],
  ['of four bytes, the last', 'f4 8f bf bf'],
  ['the last before the surrogates', 'ed 9f bf'],
  ['the first behind the surrogates', 'ee 80 80'],
  ['the replacement character', 'ef bf bd'],
  ['the noncharacters U+FFFE and U+FFFF', 'ef bf be ef bf bf'],
  ['the noncharacters of planes 1 and 2', 'f0 9f bf be f0 9f bf bf f0 af bf be f0 af bf bf'],
  ['a combining sequence', '65 cc 81 cc 82'],
];

const valid: WireCase[] = VALID.flatMap(([name, digits]): WireCase[] => [
  { rule: `§8.1 passes: ${name}`, frames: [[0x81, hex(digits)]], receives: [text(hex(digits))] },
  {
    rule: `§8.1, §5.6 passes with a fragment for every byte: ${name}`,
    frames: octetwise(Buffer.concat([KOSME, hex(digits)])),
    receives: [text(Buffer.concat([KOSME, hex(digits)]))],
  },
]);

/** What is wrong, and how many bytes settle it. */
const INVALID: readonly [name: string, digits: string, settledBy: number][] = [
  ['a continuation byte first', '80', 1],
  ['another continuation byte first', 'bf', 1],
  ['six continuation bytes', '80 bf 80 bf 80 bf', 1],
  ['the byte fe', 'fe', 1],
  ['the byte ff', 'ff', 1],
  ['fe fe ff ff', 'fe fe ff ff', 1],
  ['five bytes for one character', 'f8 88 80 80 80', 1],
  ['six bytes for one character', 'fc 84 80 80 80 80', 1],
  ['"/" in two bytes', 'c0 af', 1],
  ['"/" in three bytes', 'e0 80 af', 2],
  ['"/" in four bytes', 'f0 80 80 af', 2],
  ['NUL in two bytes', 'c0 80', 1],
  ['NUL in three bytes', 'e0 80 80', 2],
  ['NUL in four bytes', 'f0 80 80 80', 2],
  ['the longest overlong two bytes', 'c1 bf', 1],
  ['the longest overlong three bytes', 'e0 9f bf', 2],
  ['the longest overlong four bytes', 'f0 8f bf bf', 2],
  ['the first high surrogate', 'ed a0 80', 2],
  ['the last high surrogate', 'ed af bf', 2],
  ['the first low surrogate', 'ed b0 80', 2],
  ['the last low surrogate', 'ed bf bf', 2],
  ['a pair of surrogates', 'ed a0 80 ed b0 80', 2],
  ['another pair of surrogates', 'ed af bf ed bf bf', 2],
  ['U+110000', 'f4 90 80 80', 2],
  ['U+13FFFF', 'f4 bf bf bf', 2],
  ['the first byte of U+140000', 'f5 80 80 80', 1],
  ['a lone first of two before a space', 'c3 20', 2],
  ['a lone first of three before a space', 'e2 20', 2],
  ['two of three before a space', 'e2 82 20', 3],
  ['a lone first of four before a space', 'f0 20', 2],
  ['two of four before a space', 'f0 9f 20', 3],
  ['three of four before a space', 'f0 9f 98 20', 4],
  ['a first byte behind a first byte', 'c3 c3 a9', 2],
  ['latin-1', '4d fc 6e 63 68 65 6e', 2],
];

const invalid: WireCase[] = INVALID.flatMap(([name, digits, settledBy]): WireCase[] => {
  const bad = hex(digits);
  const settled = bad.subarray(0, settledBy);
  return [
    { rule: `${rule}: ${name}`, frames: [[0x81, bad]], ends: fails(1007) },
    {
      rule: `${rule}: ${name}, in the midst of good text`,
      frames: [[0x81, Buffer.concat([KOSME, bad, Buffer.from('edited')])]],
      ends: fails(1007),
    },
    {
      rule: `${rule}: ${name}, with a fragment for every byte`,
      frames: octetwise(Buffer.concat([KOSME, bad, Buffer.from('edited')])),
      ends: fails(1007),
    },
    {
      rule: `${rule}: ${name}, at the byte that settles it, though neither frame nor message are at an end`,
      frames: [cutShort(KOSME.length + settledBy, 0x01, Buffer.concat([KOSME, settled, Buffer.alloc(500, 'x')]))],
      ends: fails(1007),
    },
    {
      rule: `${rule}: ${name}, not before that byte`,
      frames: [cutShort(KOSME.length + settledBy - 1, 0x81, Buffer.concat([KOSME, settled, Buffer.alloc(20, 'x')]))],
      ends: WAITING,
    },
    {
      rule: `${rule}: ${name}, in a fragment whose successors have not come`,
      frames: [
        [0x01, Buffer.concat([KOSME, settled.subarray(0, -1)])],
        [0x89, 'still well'],
        [0x00, settled.subarray(-1)],
      ],
      receives: [ping('still well')],
      ends: fails(1007),
    },
  ];
});

const UNFINISHED = ['c3', 'e2', 'e2 82', 'f0', 'f0 9f', 'f0 9f 98', 'f4 8f bf', 'ed 9f', 'e0 a0'];

const ends: WireCase[] = [
  ...UNFINISHED.flatMap((digits): WireCase[] => [
    {
      rule: `§8.1 a message must not end within a character: ${digits}`,
      frames: [[0x81, Buffer.concat([KOSME, hex(digits)])]],
      ends: fails(1007),
    },
    {
      rule: `§8.1 nor may its last fragment be empty there: ${digits}`,
      frames: [[0x01, hex(digits)], [0x00], [0x80]],
      ends: fails(1007),
    },
    {
      rule: `§8.1 a fragment may: ${digits}`,
      frames: [
        [0x01, hex(digits)],
        [0x89, 'x'],
      ],
      receives: [ping('x')],
    },
    {
      rule: `§8.1 the next message cannot finish it: ${digits}`,
      frames: [
        [0x81, 'one'],
        [0x81, hex(digits)],
        [0x81, hex('80')],
      ],
      receives: [text('one')],
      ends: fails(1007),
    },
  ]),
  {
    rule: '§8.1 good messages before a bad one are delivered',
    frames: [[0x81, 'κόσμε'], [0x81], [0x81, hex('ff')], [0x81, 'behind']],
    receives: [text('κόσμε'), text('')],
    ends: fails(1007),
  },
  {
    rule: '§8.1 long text, of one, two, three and four bytes by turns, cut into fragments of seven bytes',
    frames: Array.from({ length: 100 }, (_, i): Frame => [
      (i === 99 ? 0x80 : 0) | (i === 0 ? 1 : 0),
      Buffer.from('aé€𝄞'.repeat(70)).subarray(i * 7, i * 7 + 7),
    ]),
    receives: [text('aé€𝄞'.repeat(70))],
  },
  {
    rule: '§8.1 one bad byte at the end of a long text',
    frames: [[0x81, Buffer.concat([Buffer.from('aé€𝄞'.repeat(1000)), hex('80')])]],
    ends: fails(1007),
  },
];

conforms('RFC 6455 §8.1 Handling of Errors in UTF-8-Encoded Data: what is valid', valid);
conforms('RFC 6455 §8.1 Handling of Errors in UTF-8-Encoded Data: what is not', invalid);
conforms('RFC 6455 §8.1 Handling of Errors in UTF-8-Encoded Data: where a message ends', ends);
