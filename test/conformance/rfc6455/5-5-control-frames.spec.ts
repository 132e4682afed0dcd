// RFC 6455 §5.5: Close, Ping and Pong: their size, their answers, and what may follow them.

import { Buffer } from 'node:buffer';
import { closePayload, frameWithLength, hex } from '../../support/bytes.js';
import { closed, conforms, fails, type Frame, ping, pong, text, type WireCase } from '../harness.js';

const CONTROLS: readonly [string, number][] = [
  ['Close', 0x88],
  ['Ping', 0x89],
  ['Pong', 0x8a],
];

const withLength =
  (firstByte: number, length: number[], payload: string | Uint8Array): Frame =>
  (from) =>
    frameWithLength(from, firstByte, length, payload);

const common: WireCase[] = CONTROLS.flatMap(([kind, firstByte]): WireCase[] => {
  const long = kind === 'Close' ? closePayload(1000, 'x'.repeat(124)) : Buffer.alloc(126, 0xfe);
  return [
    {
      rule: `§5.5 "All control frames MUST have a payload length of 125 bytes or less": ${kind} of 126`,
      frames: [[firstByte, long]],
      ends: fails(1002),
    },
    {
      rule: `§5.5 "All control frames MUST have a payload length of 125 bytes or less": ${kind} of 65,536`,
      frames: [[firstByte, Buffer.alloc(65_536)]],
      ends: fails(1002),
    },
    {
      rule: `§5.5 the second byte settles that a ${kind} is too long`,
      frames: [(from) => Buffer.from([firstByte, from === 'client' ? 0xfe : 0x7e])],
      ends: fails(1002),
    },
    {
      rule: `§5.5 a short ${kind} in the 16-bit form is too long by its form`,
      frames: [withLength(firstByte, [126, 0, 2], closePayload(1000))],
      ends: fails(1002),
    },
    {
      rule: `§5.5 a short ${kind} in the 64-bit form is too long by its form`,
      frames: [withLength(firstByte, [127, 0, 0, 0, 0, 0, 0, 0, 2], closePayload(1000))],
      ends: fails(1002),
    },
    {
      rule: `§5.5 control frames "MUST NOT be fragmented": ${kind}`,
      frames: [
        [firstByte & 0x7f, 'frag'],
        [0x80, 'ment'],
      ],
      ends: fails(1002),
    },
    {
      rule: `§5.5 control frames "MUST NOT be fragmented": an empty ${kind}, settled by its first byte`,
      frames: [() => Buffer.from([firstByte & 0x7f])],
      ends: fails(1002),
    },
    {
      rule: `§5.5 a text before a fragmented ${kind} is received`,
      frames: [[0x81, 'before'], [firstByte & 0x7f], [0x81, 'behind']],
      receives: [text('before')],
      ends: fails(1002),
    },
  ];
});

const close: WireCase[] = [
  {
    rule: '§5.5.1 "The Close frame MAY contain a body": without one, the answer has none either, and the code is 1005',
    frames: [[0x88]],
    ends: closed(),
  },
  {
    rule: '§5.5.1 "If there is a body, the first two bytes ... MUST be a 2-byte unsigned integer ... in network byte order"',
    frames: [[0x88, hex('03 e8')]],
    ends: closed(1000),
  },
  {
    rule: '§5.5.1 a body of one byte is no code: 1002',
    frames: [[0x88, hex('03')]],
    ends: fails(1002),
  },
  {
    rule: '§5.5.1 "Following the 2-byte integer, the body MAY contain UTF-8-encoded data": the reason',
    frames: [[0x88, closePayload(1000, 'Hello World!')]],
    ends: closed(1000, 'Hello World!'),
  },
  {
    rule: '§5.5.1 a reason of 123 bytes, the longest that there can be',
    frames: [[0x88, closePayload(1000, 'x'.repeat(123))]],
    ends: closed(1000, 'x'.repeat(123)),
  },
  {
    rule: '§5.5.1 a reason beyond ASCII',
    frames: [[0x88, closePayload(1001, 'κόσμε – 𝄞')]],
    ends: closed(1001, 'κόσμε – 𝄞'),
  },
  ...['ff', 'c3', 'c3 28', 'ed a0 80', 'f4 90 80 80', 'c0 80', 'ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65'].map(
    (digits) => ({
      rule: `§5.5.1, §8.1 a reason that is not UTF-8 (${digits}): 1007`,
      frames: [[0x88, closePayload(1000, hex(digits))] as const],
      ends: fails(1007),
    }),
  ),
  {
    rule: '§5.5.1 "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST send a Close frame in response", once',
    frames: [
      [0x88, closePayload(1000)],
      [0x88, closePayload(1000)],
    ],
    ends: closed(1000),
  },
  {
    rule: '§5.5.1, §1.4 "discards any further data received": a second Close with another code counts no more',
    frames: [
      [0x88, closePayload(1001, 'first')],
      [0x88, closePayload(1002, 'second')],
    ],
    ends: closed(1001, 'first'),
  },
  {
    rule: '§5.5.1, §1.4 "discards any further data received": a ping behind a Close is not answered',
    frames: [
      [0x88, closePayload(1000)],
      [0x89, 'too late'],
    ],
    ends: closed(1000),
  },
  {
    rule: '§5.5.1, §1.4 "discards any further data received": a text behind a Close is not delivered',
    frames: [
      [0x81, 'in time'],
      [0x88, closePayload(1000)],
      [0x81, 'too late'],
    ],
    receives: [text('in time')],
    ends: closed(1000),
  },
  {
    rule: '§5.5.1, §1.4 "discards any further data received": not even a broken frame behind a Close is looked at',
    frames: [[0x88], () => Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ends: closed(),
  },
  {
    rule: '§5.5.1, §5.4 a Close in the middle of a fragmented message closes; the message is lost',
    frames: [
      [0x01, 'frag'],
      [0x88, closePayload(1000)],
      [0x80, 'ment'],
    ],
    ends: closed(1000),
  },
  {
    rule: '§5.5.1 a Close behind a long message comes behind it',
    frames: [
      [0x81, 'x'.repeat(256 * 1024)],
      [0x88, closePayload(1000)],
      [0x89, 'too late'],
    ],
    receives: [text('x'.repeat(256 * 1024))],
    ends: closed(1000),
  },
];

const PAYLOADS: readonly [string, string | Uint8Array][] = [
  ['nothing', ''],
  ['text', 'Hello, world!'],
  ['bytes that are no text', hex('00 ff fe fd fc fb 00 ff')],
  ['125 bytes', Buffer.alloc(125, 0xfe)],
];

const pings: WireCase[] = [
  ...PAYLOADS.flatMap(([name, payload]): WireCase[] => [
    {
      rule: `§5.5.2 "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response" with identical data (§5.5.3): ${name}`,
      frames: [[0x89, payload]],
      receives: [ping(payload)],
    },
    {
      rule: `§5.5.3 "A Pong frame MAY be sent unsolicited", and no answer is expected: ${name}`,
      frames: [[0x8a, payload]],
      receives: [pong(payload)],
    },
  ]),
  {
    rule: '§5.5.2 ten pings one behind the other have ten pongs in order',
    frames: Array.from({ length: 10 }, (_, i): Frame => [0x89, `payload-${i}`]),
    receives: Array.from({ length: 10 }, (_, i) => ping(`payload-${i}`)),
  },
  {
    rule: '§5.5.3 an unsolicited pong before a ping takes nothing from its answer',
    frames: [
      [0x8a, 'unsolicited'],
      [0x89, 'ping'],
      [0x8a, 'ping'],
    ],
    receives: [pong('unsolicited'), ping('ping'), pong('ping')],
  },
  {
    rule: '§5.5.2 pings between messages',
    frames: [[0x81, 'a'], [0x89, '1'], [0x82], [0x89, '2'], [0x81, 'b']],
    receives: [text('a'), ping('1'), 'binary: ', ping('2'), text('b')],
  },
  {
    rule: '§5.5.2 the pings before a broken frame are answered, those behind it are not',
    frames: [
      [0x89, 'before'],
      [0x83, 'reserved'],
      [0x89, 'behind'],
    ],
    receives: [ping('before')],
    ends: fails(1002),
  },
];

conforms('RFC 6455 §5.5 Control Frames', common);
conforms('RFC 6455 §5.5.1 Close', close);
conforms('RFC 6455 §5.5.2 Ping, §5.5.3 Pong', pings);
