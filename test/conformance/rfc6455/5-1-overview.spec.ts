// RFC 6455 §5.1: who masks its frames and who does not, and what becomes of whoever does it wrongly.

import { conforms, cutShort, fails, type Frame, OPEN, text, WAITING, type WireCase } from '../harness.js';
import { frame } from '../../support/bytes.js';

/** A frame as the other side would have to send it. */
const masked =
  (firstByte: number, payload = ''): Frame =>
  () =>
    frame('client', firstByte, payload);
const unmasked =
  (firstByte: number, payload = ''): Frame =>
  () =>
    frame('server', firstByte, payload);

const KINDS: readonly [string, number][] = [
  ['text', 0x81],
  ['binary', 0x82],
  ['a first fragment', 0x01],
  ['ping', 0x89],
  ['pong', 0x8a],
  ['Close', 0x88],
];

const cases: WireCase[] = [
  {
    rule: '§5.1 "a client MUST mask all frames that it sends to the server"',
    to: 'server',
    frames: [masked(0x81, 'masked')],
    receives: [text('masked')],
  },
  {
    rule: '§5.1 "A server MUST NOT mask any frames that it sends to the client"',
    to: 'client',
    frames: [unmasked(0x81, 'plain')],
    receives: [text('plain')],
  },
  ...KINDS.flatMap(([kind, firstByte]): WireCase[] => [
    {
      rule: `§5.1 "The server MUST close the connection upon receiving a frame that is not masked": ${kind}, with 1002`,
      to: 'server',
      frames: [unmasked(firstByte, 'xy')],
      ends: fails(1002),
    },
    {
      rule: `§5.1 a client "MUST close a connection if it detects a masked frame": ${kind}, with 1002`,
      to: 'client',
      frames: [masked(firstByte, 'xy')],
      ends: fails(1002),
    },
    {
      rule: `§5.1 an empty frame is no exception for a server: ${kind}`,
      to: 'server',
      frames: [unmasked(firstByte)],
      ends: fails(1002),
    },
    {
      rule: `§5.1 an empty frame is no exception for a client: ${kind}`,
      to: 'client',
      frames: [masked(firstByte)],
      ends: fails(1002),
    },
  ]),
  {
    rule: '§5.1 the second byte settles it: an unmasked frame fails without its payload',
    to: 'server',
    frames: [() => frame('server', 0x82, 'x'.repeat(70_000)).subarray(0, 2)],
    ends: fails(1002),
  },
  {
    rule: '§5.1 the second byte settles it: a masked frame fails without its key',
    to: 'client',
    frames: [() => frame('client', 0x82, 'x'.repeat(70_000)).subarray(0, 2)],
    ends: fails(1002),
  },
  {
    rule: '§5.1 what was received before a wrong mask counts, what comes behind it does not (server)',
    to: 'server',
    frames: [masked(0x81, 'before'), unmasked(0x81, 'wrong'), masked(0x81, 'behind')],
    receives: [text('before')],
    ends: fails(1002),
  },
  {
    rule: '§5.1 what was received before a wrong mask counts, what comes behind it does not (client)',
    to: 'client',
    frames: [unmasked(0x81, 'before'), masked(0x81, 'wrong'), unmasked(0x81, 'behind')],
    receives: [text('before')],
    ends: fails(1002),
  },
  {
    rule: '§5.1 a continuation is masked like the frame that it continues (server)',
    to: 'server',
    frames: [masked(0x01, 'half'), unmasked(0x80, 'other half')],
    ends: fails(1002),
  },
  {
    rule: '§5.1 a continuation is unmasked like the frame that it continues (client)',
    to: 'client',
    frames: [unmasked(0x01, 'half'), masked(0x80, 'other half')],
    ends: fails(1002),
  },
  {
    rule: '§5.1 "A data frame MAY be transmitted by either the client or the server at any time after opening handshake completion"',
    frames: [
      [0x81, 'one'],
      [0x81, 'two'],
      [0x81, 'three'],
    ],
    receives: [text('one'), text('two'), text('three')],
    ends: OPEN,
  },
  {
    rule: '§5.1 a frame that has not come to its end is waited for',
    frames: [cutShort(3, 0x82, 'four')],
    ends: WAITING,
  },
];

conforms('RFC 6455 §5.1 Overview', cases);
