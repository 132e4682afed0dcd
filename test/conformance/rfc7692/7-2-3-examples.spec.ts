// RFC 7692 §7.2.3: the examples that the RFC spells out, byte for byte, and every kind of DEFLATE block.

import { Buffer } from 'node:buffer';
import { constants, deflateRawSync } from 'node:zlib';
import { closePayload, hex } from '../../support/bytes.js';
import { binary, closed, conforms, deflated, fails, type Frame, ping, text, type WireCase } from '../harness.js';

const message = (digits: string): Frame => [0xc1, hex(digits)];
const HELLO = 'f2 48 cd c9 c9 07 00';
/** The second "Hello" of §7.2.3.2, which points into the first. */
const HELLO_AGAIN = 'f2 00 11 00 00';
const FINAL_HELLO = 'f3 48 cd c9 c9 07 00 00';

const examples: WireCase[] = [
  {
    rule: '§7.2.3.1 "A message compressed using one compressed DEFLATE block"',
    frames: [message(HELLO)],
    receives: [text('Hello')],
  },
  {
    rule: '§7.2.3.1 the same "fragmented into frames"',
    frames: [
      [0x41, hex('f2 48 cd')],
      [0x80, hex('c9 c9 07 00')],
    ],
    receives: [text('Hello')],
  },
  {
    rule: '§7.2.3.2 "Sharing LZ77 Sliding Window"',
    frames: [message(HELLO), message(HELLO_AGAIN)],
    receives: [text('Hello'), text('Hello')],
  },
  {
    rule: '§7.2.3.2 the window reaches over plain messages and pings between',
    frames: [message(HELLO), [0x81, 'other'], [0x89, 'p'], message(HELLO_AGAIN)],
    receives: [text('Hello'), text('other'), ping('p'), text('Hello')],
  },
  {
    rule: '§7.2.3.3 "Using a DEFLATE Block with No Compression"',
    frames: [message('00 05 00 fa ff 48 65 6c 6c 6f 00')],
    receives: [text('Hello')],
  },
  {
    rule: '§7.2.3.4 "Using a DEFLATE Block with "BFINAL" Set to 1"',
    frames: [message(FINAL_HELLO)],
    receives: [text('Hello')],
  },
  {
    rule: '§7.2.3.4 messages behind one with BFINAL, with it and without',
    frames: [message(FINAL_HELLO), message(HELLO), message(FINAL_HELLO), message(FINAL_HELLO), [0x81, 'end']],
    receives: [text('Hello'), text('Hello'), text('Hello'), text('Hello'), text('end')],
  },
  {
    rule: '§7.2.3.4, §7.2.3.2 the window outlives a block with BFINAL',
    frames: [message(FINAL_HELLO), message(HELLO_AGAIN)],
    receives: [text('Hello'), text('Hello')],
  },
  {
    rule: '§7.2.3.5 "Two DEFLATE Blocks in 1 Message"',
    frames: [message('f2 48 05 00 00 00 ff ff ca c9 c9 07 00')],
    receives: [text('Hello')],
  },
  {
    rule: '§7.2.3.6 "Generating an Empty Fragment": the byte 00 is an empty message',
    frames: [[0xc1, hex('00')], [0xc2, hex('00')], message(HELLO)],
    receives: [text(''), binary(''), text('Hello')],
  },
  {
    rule: '§7.2.3.6 the empty fragment 00 ends a message',
    frames: [
      [0x41, hex('f2 48 cd c9 c9 07 00 00 00 ff ff')],
      [0x80, hex('00')],
    ],
    receives: [text('Hello')],
  },
  {
    rule: '§7.2.2 an empty compressed payload is an empty message, for the tail that is appended is a block',
    frames: [[0xc1], [0x81, 'end']],
    receives: [text(''), text('end')],
  },
];

const SAMPLE = 'All block types carry the same text: abcabcabcabc, 0123456789. '.repeat(12);
const withOptions = (options: object): Buffer =>
  deflateRawSync(SAMPLE, { finishFlush: constants.Z_SYNC_FLUSH, ...options }).subarray(0, -4);

const blocks: WireCase[] = [
  ...[
    ['stored blocks', { level: 0 }],
    ['fixed Huffman codes', { strategy: constants.Z_FIXED }],
    ['dynamic Huffman codes', { level: 9 }],
    ['Huffman codes without matches', { strategy: constants.Z_HUFFMAN_ONLY }],
    ['runs of one byte', { strategy: constants.Z_RLE }],
    ['a window of 512 bytes', { windowBits: 9 }],
    ['the least memory', { memLevel: 1 }],
  ].map(([name, options]) => ({
    rule: `§7.2.1 "An endpoint MAY use multiple DEFLATE blocks ... any type": ${name as string}`,
    frames: [[0xc1, withOptions(options as object)] as const, [0xc1, withOptions(options as object)] as const],
    receives: [text(SAMPLE), text(SAMPLE)],
  })),
  {
    rule: '§7.2.1 a block with BFINAL for all of the message, as a one-shot DEFLATE makes it, followed by 00',
    frames: [[0xc1, Buffer.concat([deflateRawSync(SAMPLE), hex('00')])]],
    receives: [text(SAMPLE)],
  },
  {
    rule: '§7.2.2 several final blocks in one message',
    frames: [[0xc1, Buffer.concat([deflateRawSync('one '), deflateRawSync('two '), deflated('three')])]],
    receives: [text('one two three')],
  },
];

/** Payloads that are no DEFLATE data. */
const BROKEN: readonly [string, string][] = [
  ['a block of the reserved type', '06 00'],
  ['a stored block whose length does not match its complement', '00 05 00 00 00 48 65 6c 6c 6f 00'],
  ['a distance before the beginning of the window', HELLO_AGAIN],
  ['dynamic codes that are too many', 'fc ff ff ff'],
  ['bytes at random', 'ff fe fd fc fb fa'],
  ['plain text', '48 65 6c 6c 6f 20 77 6f 72 6c 64'],
];

const broken: WireCase[] = [
  ...BROKEN.flatMap(([name, digits]): WireCase[] => [
    {
      rule: `§7.2.2, RFC 6455 §7.4.1 "not consistent with the type of the message" (1007): ${name}`,
      frames: [message(digits)],
      ends: fails(1007),
    },
    {
      rule: `§7.2.2 (1007) as soon as it is there, not at the end of the message: ${name}`,
      frames: [
        [0x81, 'before'],
        [0x41, hex(digits)],
        [0x00, Buffer.alloc(20)],
      ],
      receives: [text('before')],
      ends: fails(1007),
    },
  ]),
  {
    rule: '§7.2.2, RFC 6455 §8.1 a compressed text that is not UTF-8',
    frames: [[0xc1, deflated(Buffer.from([0x48, 0xff]))]],
    ends: fails(1007),
  },
  {
    rule: '§7.2.2, RFC 6455 §8.1 a compressed text that is not UTF-8 in a fragment whose successors have not come',
    frames: [[0x41, deflated(Buffer.from([0x48, 0xed, 0xa0]), { tail: true })]],
    ends: fails(1007),
  },
  {
    rule: '§7.2.2, RFC 6455 §8.1 a compressed text that ends within a character',
    frames: [[0xc1, deflated(Buffer.from([0x48, 0xe2, 0x82]))]],
    ends: fails(1007),
  },
  {
    rule: '§7.2.2, RFC 6455 §5.6 a compressed binary may hold any bytes',
    frames: [[0xc2, deflated(Buffer.from([0x48, 0xe2, 0x82, 0xff]))]],
    receives: [binary(Buffer.from([0x48, 0xe2, 0x82, 0xff]))],
  },
  {
    rule: '§7.2.2 a compressed message before a Close is received, however long inflating takes',
    frames: [
      [0xc2, deflated(Buffer.alloc(900_000, 'x'))],
      [0x88, closePayload(1000)],
    ],
    receives: [binary(Buffer.alloc(900_000, 'x'))],
    ends: closed(1000),
  },
];

conforms('RFC 7692 §7.2.3 Examples', examples, { deflate: true });
conforms('RFC 7692 §7.2.1 blocks of every kind', blocks, { deflate: true });
conforms('RFC 7692 §7.2.2 Decompression', broken, { deflate: true });
