// The inflater, fed with any bytes as compressed messages: what comes out does not depend on how they are cut, on this
// thread or another; errors are ProtocolErrors; and the contexts that it shares with others stay clean.

import { Buffer } from 'node:buffer';
import { MessageInflater } from '../../../lib/connection/zlib/message-inflater.js';
import { ProtocolError } from '../../../lib/frame/protocol-error.js';
import { isSet, must, mustEqual, readInput } from '../target.js';

const MAX_BYTES = 256 * 1024;
const HELLO = Buffer.from('f248cdc9c90700', 'hex');

/** The messages are what stands between these bytes. */
const SEPARATOR = Buffer.from([0xfa, 0xce]);

export async function inflating(input: Uint8Array): Promise<string> {
  const { options, bytes, pieces } = readInput(input);
  const noContextTakeover = isSet(options, 0);
  const whole = await inflateAll(noContextTakeover, split([bytes]));
  mustEqual(
    (await inflateAll(noContextTakeover, split(pieces))).map(asFailure),
    whole.map(asFailure),
    'what is inflated does not depend on the pieces',
  );
  const fresh = await inflateAll(true, [[HELLO], [HELLO]]);
  mustEqual(fresh, ['Hello', 'Hello'].map(asLine), 'a fresh inflater works');
  return whole.map((line) => line.slice(0, 12)).join();
}

async function inflateAll(noContextTakeover: boolean, messages: readonly (readonly Buffer[])[]): Promise<string[]> {
  const inflater = new MessageInflater({ noContextTakeover });
  const log: string[] = [];
  try {
    for (const message of messages) {
      const outputs: Buffer[] = [];
      let size = 0;
      for (const [i, piece] of message.entries()) {
        const output = await inflate(inflater, piece, i === message.length - 1, MAX_BYTES - size);
        size += output.length;
        must(size <= MAX_BYTES, 'no more comes out than was asked for');
        outputs.push(output);
      }
      log.push(asLine(Buffer.concat(outputs)));
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    log.push(error.violation);
  } finally {
    inflater.close();
  }
  return log;
}

function inflate(
  inflater: MessageInflater,
  piece: Buffer,
  isLast: boolean,
  maxBytes: number,
): Promise<Buffer> | Buffer {
  let settle: (result: Buffer | ProtocolError) => void = () => undefined;
  const later = new Promise<Buffer>((resolve, reject) => {
    settle = (result) => (result instanceof ProtocolError ? reject(result) : resolve(result));
  });
  return inflater.inflate(piece, isLast, maxBytes, (result) => settle(result)) ?? later;
}

/** Each message in its pieces; a separator that was cut is none, so that both runs see the same ones. */
function split(pieces: readonly Buffer[]): Buffer[][] {
  const bytes = Buffer.concat(pieces);
  const cuts = new Set<number>();
  let at = 0;
  for (const piece of pieces) cuts.add((at += piece.length));
  const messages: Buffer[][] = [];
  for (let from = 0; ;) {
    const end = bytes.indexOf(SEPARATOR, from);
    const to = end < 0 ? bytes.length : end;
    const inner = [...cuts].filter((place) => place > from && place < to);
    const ends = [...inner, to];
    messages.push(ends.map((place, i) => Buffer.from(bytes.subarray(i === 0 ? from : ends[i - 1], place))));
    if (end < 0) return messages;
    from = end + SEPARATOR.length;
  }
}

/** Where a message is both too big and broken, either may be found first. */
const asFailure = (line: string): string => (line === 'message-too-big' ? 'compressed-data-invalid' : line);

const asLine = (output: Buffer | string): string => {
  const bytes = Buffer.from(output);
  return `${Math.ceil(Math.log2(bytes.length + 1))} bits: ${bytes.length} ${bytes.toString('latin1')}`;
};
