// RFC 6455 §5.6: what a text and a binary message may contain.

import { Buffer } from 'node:buffer';
import { hex } from '../../support/bytes.js';
import { binary, conforms, fails, text, type WireCase } from '../harness.js';

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

const cases: WireCase[] = [
  {
    rule: '§5.6 Text: "The \\"Payload data\\" is text data encoded as UTF-8"',
    frames: [[0x81, 'Hello-µ@ßöäüàá-UTF-8!!']],
    receives: [text('Hello-µ@ßöäüàá-UTF-8!!')],
  },
  {
    rule: '§5.6 "a particular text frame might include a partial UTF-8 sequence; however, the whole message MUST contain valid UTF-8"',
    frames: [
      [0x01, hex('48 c3')],
      [0x00, hex('a9 f0 9d')],
      [0x00, hex('84')],
      [0x80, hex('9e')],
    ],
    receives: [text('Hé𝄞')],
  },
  {
    rule: '§5.6 "the whole message MUST contain valid UTF-8": a character left unfinished by the last fragment',
    frames: [
      [0x01, hex('48 c3')],
      [0x80, ''],
    ],
    ends: fails(1007),
  },
  {
    rule: '§5.6 Binary: "arbitrary binary data whose interpretation is solely up to the application layer": every byte',
    frames: [[0x82, ALL_BYTES]],
    receives: [binary(ALL_BYTES)],
  },
  {
    rule: '§5.6 Binary: what would be no UTF-8, in fragments',
    frames: [
      [0x02, hex('c3')],
      [0x00, hex('28 ed a0')],
      [0x80, hex('80 ff')],
    ],
    receives: [binary(hex('c3 28 ed a0 80 ff'))],
  },
  {
    rule: '§5.6 a message keeps its type, whatever came before',
    frames: [
      [0x82, 'binary'],
      [0x81, 'text'],
      [0x82, 'binary'],
      [0x81, 'text'],
    ],
    receives: [binary('binary'), text('text'), binary('binary'), text('text')],
  },
  {
    rule: '§5.6 a NUL, a line break and a byte order mark are text like any other',
    frames: [[0x81, 'a\0b\r\nc\ufeffd']],
    receives: [text('a\0b\r\nc\ufeffd')],
  },
  {
    rule: '§5.6 a byte order mark at the beginning is part of the text',
    frames: [[0x81, '\ufeffbom']],
    receives: [text('\ufeffbom')],
  },
  {
    rule: '§5.6 text that looks like JSON of another protocol is only text',
    frames: [[0x81, '{"__proto__":{"x":1}}']],
    receives: [text('{"__proto__":{"x":1}}')],
  },
];

conforms('RFC 6455 §5.6 Data Frames', cases);
