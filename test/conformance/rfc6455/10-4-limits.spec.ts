// RFC 6455 §10.4: "implementations that have implementation- and/or platform-specific limitations regarding the frame size
// or total message size ... MUST protect themselves against exceeding those limits". Here 1,000 bytes and 8 fragments.

import { Buffer } from 'node:buffer';
import { frame, frameWithLength, type Role } from '../../support/bytes.js';
import { binary, conforms, deflated, fails, type Frame, ping, text, type WireCase } from '../harness.js';

const X = (count: number): string => 'x'.repeat(count);
const fragments = (...payloads: string[]): Frame[] =>
  payloads.map((payload, i) => [(i === payloads.length - 1 ? 0x80 : 0) | (i === 0 ? 1 : 0), payload]);

/** The header of a frame whose payload never comes. */
const header =
  (firstByte: number, length: number[]): Frame =>
  (from) =>
    frameWithLength(from, firstByte, length);

const withRsv1 =
  (payload: Uint8Array, size = payload.length): Frame =>
  (from: Role) =>
    frame(from, 0xc2, payload).subarray(0, frame(from, 0xc2, payload).length - payload.length + size);

const cases: WireCase[] = [
  { rule: '§10.4 a message of exactly the limit', frames: [[0x81, X(1000)]], receives: [text(X(1000))] },
  {
    rule: '§10.4 a message of exactly the limit in fragments',
    frames: fragments(X(400), X(400), X(200)),
    receives: [text(X(1000))],
  },
  { rule: '§10.4, §7.4.1 one byte more is 1009', frames: [[0x82, X(1001)]], ends: fails(1009) },
  {
    rule: '§10.4 one byte more is 1009 at the header, before any payload',
    frames: [header(0x82, [126, 0x03, 0xe9])],
    ends: fails(1009),
  },
  {
    rule: '§10.4 a length of 2^63 - 1 is 1009 at the header',
    frames: [header(0x81, [127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ends: fails(1009),
  },
  {
    rule: '§10.4 the fragment that goes over the limit is 1009',
    frames: fragments(X(500), X(500), 'x', ''),
    ends: fails(1009),
  },
  {
    rule: '§10.4 the fragment that goes over the limit is 1009 at its header',
    frames: [[0x01, X(500)], [0x00, X(500)], header(0x00, [1])],
    ends: fails(1009),
  },
  {
    rule: '§10.4 nor does 2^53 - 1 overflow into a small number, in a fragment',
    frames: [header(0x01, [127, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ends: fails(1009),
  },
  {
    rule: '§10.4 every message begins at nothing',
    frames: [
      [0x82, X(1000)],
      [0x82, X(1000)],
      [0x81, X(1000)],
    ],
    receives: [binary(X(1000)), binary(X(1000)), text(X(1000))],
  },
  {
    rule: '§10.4 control frames do not count',
    frames: [
      [0x01, X(500)],
      [0x89, X(125)],
      [0x89, X(125)],
      [0x80, X(500)],
    ],
    receives: [ping(X(125)), ping(X(125)), text(X(1000))],
  },
  {
    rule: '§10.4 eight fragments, as many as are allowed',
    frames: fragments('1', '2', '3', '4', '5', '6', '7', '8'),
    receives: [text('12345678')],
  },
  {
    rule: '§10.4, §7.4.1 the ninth fragment is 1008, a policy of ours',
    frames: fragments('1', '2', '3', '4', '5', '6', '7', '8', '9'),
    ends: fails(1008),
  },
  {
    rule: '§10.4 empty fragments count as well',
    frames: fragments('', '', '', '', '', '', '', '', '', '', ''),
    ends: fails(1008),
  },
  {
    rule: '§10.4 the fragments of every message are counted by themselves',
    frames: [...fragments('1', '2', '3', '4', '5', '6', '7', '8'), ...fragments('a', 'b')],
    receives: [text('12345678'), text('ab')],
  },
  {
    rule: '§10.4 a text that is too long and no UTF-8: what its header says comes first',
    frames: [[0x81, Buffer.alloc(1001, 0xff)]],
    deflate: false,
    ends: fails(1009),
  },
  {
    rule: '§10.4, RFC 7692 §8 a message is measured after inflating: 1,000 bytes in a few',
    deflate: true,
    frames: [withRsv1(deflated(X(1000)))],
    receives: [binary(X(1000))],
  },
  {
    rule: '§10.4, RFC 7692 §8 a message is measured after inflating: 1,001 bytes in a few',
    deflate: true,
    frames: [withRsv1(deflated(X(1001)))],
    ends: fails(1009),
  },
  {
    rule: '§10.4, RFC 7692 §8 a megabyte in a thousand bytes is not inflated',
    deflate: true,
    frames: [withRsv1(deflated(X(1024 * 1024)))],
    ends: fails(1009),
  },
  {
    rule: '§10.4, RFC 7692 §8 inflating stops at the limit, before the message has come to its end',
    deflate: true,
    frames: [withRsv1(deflated(X(1024 * 1024)), 900)],
    ends: fails(1009),
  },
  {
    rule: '§10.4, RFC 7692 §8 what cannot be compressed may be a little longer on the wire than the limit',
    deflate: true,
    frames: [withRsv1(deflated(noise()))],
    receives: [binary(noise())],
  },
];

/** 1,000 bytes that DEFLATE makes longer. */
function noise(): Buffer {
  let state = 1;
  return Buffer.from(
    Array.from({ length: 1000 }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state >>> 24;
    }),
  );
}

conforms('RFC 6455 §10.4 Implementation-Specific Limits', cases, { smallLimits: true });
