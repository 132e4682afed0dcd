// The message decoder without an extension, against the plain reading of the RFC: the same messages, the same close code,
// however the bytes are cut.

import type { Buffer } from 'node:buffer';
import { ProtocolError } from '../../../lib/frame/protocol-error.js';
import { Opcode } from '../../../lib/frame/opcode.js';
import { MessageDecoder, NOTHING } from '../../../lib/message/message-decoder.js';
import { readPlainly } from '../../conformance/reference-reader.js';
import { binary, ping, pong, text } from '../../conformance/wire-case.js';
import { isSet, must, mustEqual, readInput } from '../target.js';

export function messageDecoder(input: Uint8Array): string {
  const { options, bytes, pieces } = readInput(input);
  const from = isSet(options, 0) ? 'server' : 'client';
  const limits = isSet(options, 1)
    ? { maxMessageBytes: 200, maxFragments: 4 }
    : { maxMessageBytes: 2 ** 20, maxFragments: 2000 };
  const { log, end } = decode(new MessageDecoder(from, limits), pieces);
  const { received, ends } = readPlainly(from, bytes, limits);
  mustEqual(log, received, 'the messages are those of the plain reading');
  // What a Close frame carries is judged above the message decoder.
  if (end === 'closed') must(ends.kind !== 'open', 'a Close frame is one for the plain reading too');
  else
    must(
      end.startsWith(ends.kind === 'failed' ? `${ends.code} ` : ends.kind),
      `${end} is ${ends.kind} in the plain reading`,
    );
  return [...log.map((line) => line.slice(0, 2)).slice(-5), end].join(' ');
}

function decode(decoder: MessageDecoder, pieces: readonly Buffer[]): { log: string[]; end: string } {
  const log: string[] = [];
  try {
    for (const piece of pieces) {
      decoder.feed(piece);
      for (let found = decoder.next(); found !== NOTHING; found = decoder.next()) {
        const { payload } = decoder;
        if (found === Opcode.CLOSE) return { log, end: 'closed' };
        if (found === Opcode.PING) log.push(ping(payload));
        else if (found === Opcode.PONG) log.push(pong(payload));
        else log.push(found === Opcode.TEXT ? text(payload) : binary(payload));
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { log, end: `${error.closeCode} ${error.violation}` };
  }
  return { log, end: 'open' };
}
