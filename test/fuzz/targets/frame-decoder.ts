// The frame decoder, fed with bytes from either role. However they are cut, the frames are the same, and all that can go
// wrong is a ProtocolError with a close code of the table.

import { Buffer } from 'node:buffer';
import { FrameDecoder } from '../../../lib/frame/frame-decoder.js';
import { ProtocolError } from '../../../lib/frame/protocol-error.js';
import { isSet, must, mustEqual, readInput } from '../target.js';

export function frameDecoder(input: Uint8Array): string {
  const { options, bytes, pieces } = readInput(input);
  const whole = decode(options, [Buffer.from(bytes)]);
  mustEqual(decode(options, pieces), whole, 'frames do not depend on how the bytes are cut');
  return whole
    .map((line) => line.split(' ', 1)[0])
    .slice(-6)
    .join();
}

function decode(options: number, pieces: readonly Buffer[]): string[] {
  const decoder = new FrameDecoder({
    from: isSet(options, 0) ? 'server' : 'client',
    extensionBits: isSet(options, 1) ? 0x40 : 0,
  });
  const log: string[] = [];
  let payload: Buffer[] | undefined;
  let isAscii = true;
  try {
    for (const piece of pieces) {
      decoder.feed(piece);
      for (;;) {
        if (payload === undefined) {
          if (!decoder.readHeader()) break;
          payload = [];
          isAscii = true;
        }
        const part = decoder.readPayload();
        isAscii &&= decoder.pieceIsAscii;
        payload.push(Buffer.from(part));
        if (decoder.payloadRemaining > 0) break;
        const data = Buffer.concat(payload);
        must(data.length === decoder.payloadLength, 'a payload is as long as its header says');
        must(isAscii === data.every((byte) => byte < 0x80), 'pieceIsAscii tells the truth');
        log.push(
          `${decoder.fin}${decoder.reservedBits}/${decoder.opcode}/${sizeClass(data.length)} ${data.toString('hex')}`,
        );
        payload = undefined;
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    log.push(error.violation);
  }
  return log;
}

const sizeClass = (length: number): number => (length < 126 ? Math.sign(length) : length < 65_536 ? 2 : 3);
