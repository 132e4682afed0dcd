// RFC 6455 §5.7: the frames that the RFC itself spells out, byte for byte.

import { Buffer } from 'node:buffer';
import { hex } from '../../support/bytes.js';
import { binary, conforms, ping, pong, text, type WireCase } from '../harness.js';

/** The 256 bytes and 64 KiB that the RFC leaves out, for any will do. */
const BYTES_256 = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const BYTES_64K = Buffer.alloc(65_536, BYTES_256);

const bytes = (digits: string, payload: Uint8Array = Buffer.alloc(0)) => [() => Buffer.concat([hex(digits), payload])];

const cases: WireCase[] = [
  {
    rule: '§5.7 "A single-frame unmasked text message"',
    to: 'client',
    frames: bytes('81 05 48 65 6c 6c 6f'),
    receives: [text('Hello')],
  },
  {
    rule: '§5.7 "A single-frame masked text message"',
    to: 'server',
    frames: bytes('81 85 37 fa 21 3d 7f 9f 4d 51 58'),
    receives: [text('Hello')],
  },
  {
    rule: '§5.7 "A fragmented unmasked text message"',
    to: 'client',
    frames: bytes('01 03 48 65 6c 80 02 6c 6f'),
    receives: [text('Hello')],
  },
  {
    rule: '§5.7 "Unmasked Ping request"',
    to: 'client',
    frames: bytes('89 05 48 65 6c 6c 6f'),
    receives: [ping('Hello')],
  },
  {
    rule: '§5.7 "masked Ping response"',
    to: 'server',
    frames: bytes('8a 85 37 fa 21 3d 7f 9f 4d 51 58'),
    receives: [pong('Hello')],
  },
  {
    rule: '§5.7 "256 bytes binary message in a single unmasked frame"',
    to: 'client',
    frames: bytes('82 7e 01 00', BYTES_256),
    receives: [binary(BYTES_256)],
  },
  {
    rule: '§5.7 "64KiB binary message in a single unmasked frame"',
    to: 'client',
    frames: bytes('82 7f 00 00 00 00 00 01 00 00', BYTES_64K),
    receives: [binary(BYTES_64K)],
  },
];

conforms('RFC 6455 §5.7 Examples', cases);
