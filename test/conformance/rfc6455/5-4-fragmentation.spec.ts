// RFC 6455 §5.4: messages in fragments, what may stand between them and what may not.

import { Buffer } from 'node:buffer';
import { binary, conforms, fails, type Frame, ping, pong, text, type WireCase } from '../harness.js';

const KINDS: readonly [string, number, typeof text][] = [
  ['text', 0x1, text],
  ['binary', 0x2, binary],
];

/** The payload in fragments of so many bytes, the last of them final. */
function fragments(opcode: number, payload: string | Uint8Array, size: number): Frame[] {
  const bytes = Buffer.from(payload);
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, i) => [
    (i === count - 1 ? 0x80 : 0) | (i === 0 ? opcode : 0),
    bytes.subarray(i * size, (i + 1) * size),
  ]);
}

const LONG = 'fragment '.repeat(200);
const LETTERS = fragments(0x1, 'Hello', 1);

const messages = KINDS.flatMap(([kind, opcode, message]): WireCase[] => [
  {
    rule: `§5.4 "A fragmented message consists of a single frame with the FIN bit clear ..., followed by zero or more": ${kind} in two`,
    frames: fragments(opcode, 'fragmented', 5),
    receives: [message('fragmented')],
  },
  {
    rule: `§5.4 fragments of ${kind} may all be empty`,
    frames: [[opcode], [0x00], [0x00], [0x80]],
    receives: [message('')],
  },
  {
    rule: `§5.4 only the middle of a ${kind} carries something`,
    frames: [[opcode], [0x00, 'middle'], [0x80]],
    receives: [message('middle')],
  },
  {
    rule: `§5.4 the last fragment of a ${kind} may be empty`,
    frames: [[opcode, 'all of it'], [0x80]],
    receives: [message('all of it')],
  },
  {
    rule: `§5.4 two fragmented messages, ${kind}, one behind the other`,
    frames: [...fragments(opcode, 'first', 2), ...fragments(opcode, 'second', 4)],
    receives: [message('first'), message('second')],
  },
  {
    rule: `§5.4 "Control frames MAY be injected in the middle of a fragmented message": a ping in a ${kind}`,
    frames: [
      [opcode, 'frag'],
      [0x89, 'in between'],
      [0x80, 'ment'],
    ],
    receives: [ping('in between'), message('fragment')],
  },
  {
    rule: `§5.4 a ping and a pong between all fragments of a ${kind}`,
    frames: [[opcode, 'one'], [0x89, '1'], [0x00, 'two'], [0x8a, '2'], [0x89], [0x00, 'three'], [0x8a], [0x80, 'four']],
    receives: [ping('1'), pong('2'), ping(), pong(), message('onetwothreefour')],
  },
  {
    rule: `§5.4 a ping before the first fragment of a ${kind} and behind the last`,
    frames: [
      [0x89, 'before'],
      [opcode, 'a'],
      [0x80, 'b'],
      [0x89, 'behind'],
    ],
    receives: [ping('before'), message('ab'), ping('behind')],
  },
  {
    rule: `§5.4 an unfinished ${kind} is not delivered`,
    frames: [
      [opcode, 'only'],
      [0x00, 'a beginning'],
    ],
  },
  {
    rule: `§5.4 "The fragments of one message MUST NOT be interleaved": ${kind} in text`,
    frames: [
      [0x01, 'unfinished'],
      [0x80 | opcode, 'other'],
      [0x80, 'end'],
    ],
    ends: fails(1002),
  },
  {
    rule: `§5.4 "The fragments of one message MUST NOT be interleaved": ${kind} begun in binary`,
    frames: [
      [0x02, 'unfinished'],
      [opcode, 'other'],
    ],
    ends: fails(1002),
  },
  {
    rule: `§5.4 a ${kind} begun anew behind its second fragment`,
    frames: [
      [opcode, 'a'],
      [0x00, 'b'],
      [opcode, 'c'],
      [0x80, 'd'],
    ],
    ends: fails(1002),
  },
  {
    rule: `§5.4 a continuation behind a whole ${kind} continues nothing`,
    frames: [
      [0x80 | opcode, 'whole'],
      [0x80, 'more'],
    ],
    receives: [message('whole')],
    ends: fails(1002),
  },
]);

const sizes = KINDS.flatMap(([kind, opcode, message]) =>
  [1, 3, 64, 1000].map((size): WireCase => ({
    rule: `§5.4 a long ${kind} in fragments of ${size}`,
    frames: fragments(opcode, LONG.slice(0, size * 100), size),
    receives: [message(LONG.slice(0, size * 100))],
  })),
);

const continuations: WireCase[] = [
  ...([0x80, 0x00] as const).flatMap((firstByte): WireCase[] => [
    {
      rule: `§5.4 a continuation that continues nothing fails: FIN ${firstByte >> 7}`,
      frames: [[firstByte, 'non-continuation payload']],
      ends: fails(1002),
    },
    {
      rule: `§5.4 an empty continuation that continues nothing fails: FIN ${firstByte >> 7}`,
      frames: [[firstByte]],
      ends: fails(1002),
    },
    {
      rule: `§5.4 a continuation before the first fragment fails: FIN ${firstByte >> 7}`,
      frames: [[firstByte, 'too early'], ...LETTERS],
      ends: fails(1002),
    },
    {
      rule: `§5.4 a continuation behind a fragmented message fails: FIN ${firstByte >> 7}`,
      frames: [...LETTERS, [firstByte, 'too late']],
      receives: [text('Hello')],
      ends: fails(1002),
    },
  ]),
  {
    rule: '§5.4 control frames do not end a fragmented message, so that a continuation behind them continues it',
    frames: [[0x01, 'a'], [0x89], [0x8a], [0x89, 'b'], [0x80, 'c']],
    receives: [ping(), pong(), ping('b'), text('ac')],
  },
  {
    rule: '§5.4 "all frames of a message are of the same type": the first fragment says it for all',
    frames: [
      [0x02, Buffer.from([0xff])],
      [0x80, Buffer.from([0xfe])],
      [0x01, 'té'],
      [0x80, 'xt'],
    ],
    receives: [binary(Buffer.from([0xff, 0xfe])), text('téxt')],
  },
  {
    rule: '§5.4 "control frames themselves MUST NOT be fragmented": neither in the middle of a message',
    frames: [
      [0x01, 'a'],
      [0x09, 'b'],
      [0x80, 'c'],
    ],
    ends: fails(1002),
  },
  {
    rule: '§5.4 the fragments of a message of 64 KiB, 1300 bytes each',
    frames: fragments(0x1, LONG.repeat(40).slice(0, 65_536), 1300),
    receives: [text(LONG.repeat(40).slice(0, 65_536))],
  },
  {
    rule: '§5.4 a thousand fragments of one byte',
    frames: fragments(0x2, 'x'.repeat(1000), 1),
    receives: [binary('x'.repeat(1000))],
  },
];

conforms('RFC 6455 §5.4 Fragmentation: messages', messages);
conforms('RFC 6455 §5.4 Fragmentation: sizes', sizes);
conforms('RFC 6455 §5.4 Fragmentation: continuations', continuations);
