// RFC 7692 §6: what permessage-deflate does to frames: RSV1 marks the first frame of a compressed message, and that alone.

import { Buffer } from 'node:buffer';
import { frame } from '../../support/bytes.js';
import {
  binary,
  conforms,
  cutShort,
  deflated,
  fails,
  type Frame,
  ping,
  text,
  WAITING,
  type WireCase,
} from '../harness.js';

/** A compressed message in so many frames of about one size. */
function compressed(opcode: number, payload: string | Uint8Array, count = 1): Frame[] {
  const data = deflated(payload);
  return Array.from({ length: count }, (_, i): Frame => [
    (i === count - 1 ? 0x80 : 0) | (i === 0 ? 0x40 | opcode : 0),
    data.subarray(Math.floor((data.length * i) / count), Math.floor((data.length * (i + 1)) / count)),
  ]);
}

const LONG = 'The quick brown fox jumps over the lazy dog. '.repeat(20);

const cases: WireCase[] = [
  {
    rule: '§6.1 a compressed text, RSV1 on its one frame',
    frames: compressed(1, 'Hello'),
    receives: [text('Hello')],
  },
  {
    rule: '§6.1 a compressed binary',
    frames: compressed(2, Buffer.from([0xff, 0, 0xfe])),
    receives: [binary(Buffer.from([0xff, 0, 0xfe]))],
  },
  ...[2, 3, 7, 16].map((count) => ({
    rule: `§6.1 "An endpoint MUST NOT set the "Per-Message Compressed" bit of ... non-first fragments": a message in ${count} frames`,
    frames: compressed(1, LONG, count),
    receives: [text(LONG)],
  })),
  {
    rule: '§6.1 the payload is fragmented behind compression: a fragment may be empty, also the first and the last',
    frames: [
      [0x41],
      ...compressed(0, 'Hello').map((each): Frame => [0x00, (each as readonly [number, Buffer])[1]]),
      [0x80],
    ],
    receives: [text('Hello')],
  },
  {
    rule: '§6.2 "RSV1 on the first frame": a message without it is not compressed, though the extension was agreed on',
    frames: [
      ...compressed(1, 'compressed'),
      [0x81, 'plain'],
      ...compressed(2, 'compressed'),
      [0x02, 'pl'],
      [0x80, 'ain'],
    ],
    receives: [text('compressed'), text('plain'), binary('compressed'), binary('plain')],
  },
  {
    rule: '§6.2 an uncompressed message whose bytes are DEFLATE data stays as it is',
    frames: [[0x82, deflated('Hello')]],
    receives: [binary(deflated('Hello'))],
  },
  {
    rule: '§6.1 "control frames ... MUST NOT" be compressed: they pass between compressed fragments as they are',
    frames: (() => {
      const [first, second, third] = compressed(1, LONG, 3);
      return [first!, [0x89, 'one'] as const, second!, [0x89, deflated('two')] as const, third!];
    })(),
    receives: [ping('one'), ping(deflated('two')), text(LONG)],
  },
  ...[0x88, 0x89, 0x8a].map((firstByte) => ({
    rule: `§6.1, RFC 6455 §5.2 RSV1 on a control frame: ${firstByte.toString(16)}`,
    frames: [[firstByte | 0x40, firstByte === 0x88 ? '' : deflated('x')] as const],
    ends: fails(1002),
  })),
  {
    rule: '§6.1 RSV1 on a continuation of a compressed message',
    frames: (() => {
      const [first, second] = compressed(1, 'Hello, hello', 2) as [
        readonly [number, Buffer],
        readonly [number, Buffer],
      ];
      return [first, [0xc0, second[1]] as const];
    })(),
    ends: fails(1002),
  },
  {
    rule: '§6.1 RSV1 on a continuation of a message that is not compressed',
    frames: [
      [0x01, 'Hel'],
      [0xc0, 'lo'],
    ],
    ends: fails(1002),
  },
  {
    rule: '§6 RSV1 on a continuation that continues nothing',
    frames: [[0xc0, 'x']],
    ends: fails(1002),
  },
  ...[0x20, 0x10, 0x60, 0x50, 0x30, 0x70].map((bits) => ({
    rule: `§6 the extension uses RSV1 only: ${bits.toString(16)} on a message`,
    frames: [[0x81 | bits, deflated('x')] as const],
    ends: fails(1002),
  })),
  {
    rule: '§6.1 a compressed message begun within another',
    frames: [
      [0x41, deflated('Hello').subarray(0, 3)],
      [0xc1, deflated('x')],
    ],
    ends: fails(1002),
  },
  {
    rule: '§6.2 an unfinished compressed message is waited for',
    frames: [[0x41, deflated('Hello')]],
  },
  {
    rule: '§6.2 half a frame of a compressed message is waited for',
    frames: [cutShort(4, 0xc1, deflated('Hello'))],
    ends: WAITING,
  },
];

conforms('RFC 7692 §6 Framing', cases, { deflate: true });

conforms('RFC 7692 §6 without the agreement', [
  {
    rule: '§6 RSV1 has no meaning where the extension was not agreed on (RFC 6455 §5.2)',
    deflate: false,
    frames: compressed(1, 'Hello'),
    ends: fails(1002),
  },
  {
    rule: '§6 RSV1 is refused with the first byte',
    deflate: false,
    frames: [(from) => frame(from, 0xc1, 'x').subarray(0, 1)],
    ends: fails(1002),
  },
]);
