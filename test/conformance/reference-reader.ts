// RFC 6455 once more, read the plain way: all the bytes that a peer sent in, messages and control frames and the end they
// lead to out. Nothing of lib/ is used and nothing is quick: it is what the engine is compared with for bytes at random.

import { Buffer } from 'node:buffer';
import type { Role } from '../support/bytes.js';
import { binary, type Ending, closed, fails, OPEN, ping, pong, type Received, text } from './wire-case.js';

export interface Reading {
  readonly received: readonly Received[];
  readonly ends: Ending;
}

interface Limits {
  readonly maxMessageBytes: number;
  readonly maxFragments: number;
}

class Violation extends Error {
  constructor(readonly code: number) {
    super(`a violation with ${code}`);
  }
}

/** There are no more bytes. */
class OutOfBytes extends Error {}

interface Message {
  readonly isText: boolean;
  readonly utf8: InstanceType<typeof TextDecoder>;
  payload: Buffer;
  declared: number;
  fragments: number;
}

export function readPlainly(from: Role, bytes: Uint8Array, limits: Limits): Reading {
  const received: Received[] = [];
  let position = 0;
  let message: Message | undefined;

  const take = (count: number): Buffer => {
    if (position + count > bytes.length) throw new OutOfBytes();
    position += count;
    return Buffer.from(bytes.slice(position - count, position));
  };
  const must = (condition: boolean, code = 1002): void => {
    if (!condition) throw new Violation(code);
  };

  function readLength(short: number): number {
    if (short < 126) return short;
    if (short === 126) {
      const length = take(2).readUInt16BE();
      must(length > 125);
      return length;
    }
    must(position >= bytes.length || bytes[position]! < 0x80);
    const length = take(8).readBigUInt64BE();
    must(length > 65_535n);
    return Number(length);
  }

  function readFrame(): Ending | undefined {
    const first = take(1)[0]!;
    const opcode = first & 0x0f;
    const isFinal = first >= 0x80;
    const isControl = opcode >= 8;
    must((first & 0x70) === 0);
    must([0, 1, 2, 8, 9, 10].includes(opcode));
    must(isFinal || !isControl);
    const second = take(1)[0]!;
    must(second >= 0x80 === (from === 'client'));
    must(!isControl || (second & 0x7f) <= 125);
    const length = readLength(second & 0x7f);
    const key = from === 'client' ? take(4) : Buffer.alloc(4);
    if (!isControl) beginFragment(opcode, length);
    const present = bytes.slice(position, position + length);
    const payload = Buffer.from(present.map((byte, i) => byte ^ key[i % 4]!));
    position += present.length;
    if (isControl) {
      if (payload.length < length) throw new OutOfBytes();
      return control(opcode, payload);
    }
    addToMessage(payload, isFinal && payload.length === length);
    if (payload.length < length) throw new OutOfBytes();
    return undefined;
  }

  function beginFragment(opcode: number, length: number): void {
    must((opcode === 0) === (message !== undefined));
    message ??= {
      isText: opcode === 1,
      utf8: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
      payload: Buffer.alloc(0),
      declared: 0,
      fragments: 0,
    };
    message.declared += length;
    message.fragments++;
    must(message.declared <= limits.maxMessageBytes, 1009);
    must(message.fragments <= limits.maxFragments, 1008);
  }

  function addToMessage(piece: Buffer, isLast: boolean): void {
    const { isText, utf8 } = message!;
    if (isText) {
      try {
        utf8.decode(piece, { stream: !isLast });
      } catch {
        throw new Violation(1007);
      }
    }
    message!.payload = Buffer.concat([message!.payload, piece]);
    if (!isLast) return;
    received.push(isText ? text(message!.payload) : binary(message!.payload));
    message = undefined;
  }

  function control(opcode: number, payload: Buffer): Ending | undefined {
    if (opcode === 9) received.push(ping(payload));
    if (opcode === 10) received.push(pong(payload));
    if (opcode !== 8) return undefined;
    if (payload.length === 0) return closed();
    must(payload.length > 1);
    const code = payload.readUInt16BE(0);
    must((code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999));
    try {
      return closed(code, new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload.subarray(2)));
    } catch {
      throw new Violation(1007);
    }
  }

  try {
    for (;;) {
      const ends = readFrame();
      if (ends !== undefined) return { received, ends };
    }
  } catch (error) {
    if (error instanceof OutOfBytes) return { received, ends: OPEN };
    if (error instanceof Violation) return { received, ends: fails(error.code) };
    throw error;
  }
}
