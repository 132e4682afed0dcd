// Holds the pure engine to a row of the tables: the frames arrive whole, byte by byte and cut at each place, with and without
// permessage-deflate agreed on, compressed and not; each time the same must follow.

import { expect } from '@jest/globals';
import { Buffer } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import { MessageInflater } from '../../lib/connection/zlib/message-inflater.js';
import { Conversation } from '../../lib/protocol/conversation.js';
import { byteByByte, cut, everyCut, frame, type Role } from '../support/bytes.js';
import {
  binary,
  bytesOf,
  compressedFrames,
  controlFrame,
  expectedOf,
  type Frame,
  LARGE_LIMITS,
  type Outcome,
  ping,
  pong,
  SMALL_LIMITS,
  text,
  type WireCase,
} from './wire-case.js';

export interface Variant {
  /** What the frames are called in a failure. */
  readonly name: string;
  readonly frames: readonly Frame[];
  /** Whether permessage-deflate was agreed on. */
  readonly deflate: boolean;
}

/** The frames as they are, without and with an agreement on compression, and the messages in them compressed. */
export function variantsOf({ frames, deflate }: WireCase): Variant[] {
  const variants: Variant[] = [];
  if (deflate !== true) variants.push({ name: 'without compression', frames, deflate: false });
  if (deflate === false) return variants;
  variants.push({ name: 'with compression agreed on', frames, deflate: true });
  const compressed = compressedFrames(frames);
  if (compressed !== undefined) variants.push({ name: 'with messages compressed', frames: compressed, deflate: true });
  return variants;
}

/** Runs one case with every variant and every cut. @returns how many runs that were */
export async function holdEngine(role: Role, wireCase: WireCase): Promise<number> {
  const from: Role = role === 'server' ? 'client' : 'server';
  const expected = standingOf(role, wireCase);
  let runs = 0;
  for (const { name, frames, deflate } of variantsOf(wireCase)) {
    const bytes = bytesOf(from, frames);
    for (const pieces of cutsOf(bytes)) {
      const outcome = await converse(role, wireCase, deflate, pieces);
      runs++;
      // Thousands of runs spend their time in `expect` otherwise.
      if (isDeepStrictEqual(outcome, expected)) continue;
      const how = `${name}, in ${pieces.length} pieces, the first of ${pieces[0]?.length ?? 0} bytes`;
      expect({ how, ...outcome }).toEqual({ how, ...expected });
    }
  }
  return runs;
}

/** Cut at every place up to here. */
const EVERY_CUT_UP_TO = 400;
/** Longer ones arrive byte by byte for as long as a header may be, then in pieces of a prime number of bytes. */
const BYTEWISE_UP_TO = 8192;
const LONGEST_HEADER = 14;

function* cutsOf(bytes: Buffer): Generator<Buffer[]> {
  if (bytes.length === 0) return;
  if (bytes.length <= EVERY_CUT_UP_TO) {
    yield* everyCut(bytes);
    return;
  }
  yield [Buffer.from(bytes)];
  if (bytes.length <= BYTEWISE_UP_TO) yield byteByByte(bytes);
  else yield [...byteByByte(bytes.subarray(0, LONGEST_HEADER)), ...inPieces(bytes.subarray(LONGEST_HEADER), 997)];
  for (let place = 1; place <= LONGEST_HEADER; place++) yield cut(bytes, place);
  for (const place of [bytes.length >> 1, bytes.length - 1]) yield cut(bytes, place);
}

function inPieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    Buffer.from(bytes.subarray(i * size, (i + 1) * size)),
  );
}

/** What an engine shows besides the outcome. */
interface Standing extends Outcome {
  readonly violations: number;
  readonly isOpen: boolean;
  readonly readyStates: readonly [behindTheFrames: number, behindTheTransport: number];
  readonly hasEnded: boolean;
}

function standingOf(role: Role, wireCase: WireCase): Standing {
  const kind = wireCase.ends?.kind ?? 'open';
  const isOver = kind === 'closed' || kind === 'failed';
  return {
    ...expectedOf(wireCase),
    violations: kind === 'failed' ? 1 : 0,
    isOpen: !isOver,
    readyStates: [isOver ? 2 : 1, 3],
    // §7.1.1: a server ends the transport first; a client waits for it, but not after a failure.
    hasEnded: kind === 'failed' || (kind === 'closed' && role === 'server'),
  };
}

async function converse(
  role: Role,
  { ends, smallLimits }: WireCase,
  deflate: boolean,
  pieces: readonly Buffer[],
): Promise<Standing> {
  const received: string[] = [];
  const sent: string[] = [];
  const peer: Role = role === 'server' ? 'client' : 'server';
  let violations = 0;
  const transport = { hasEnded: false };
  const conversation: Conversation = new Conversation(
    role,
    smallLimits ? SMALL_LIMITS : LARGE_LIMITS,
    {
      receiveMessage: (payload, isBinary) => received.push(isBinary ? binary(payload) : text(payload)),
      receivePing: (payload) => received.push(ping(payload)),
      receivePong: (payload) => received.push(pong(payload)),
      sendControl: (opcode, payload) => sent.push(controlFrame(0x80 | opcode, payload)),
      beginClosing: () => undefined,
      reportViolation: () => violations++,
      endTransport: () => (transport.hasEnded = true),
      holdReading: () => undefined,
      continueReading: () => conversation.proceed(),
    },
    deflate ? new MessageInflater({ noContextTakeover: false }) : undefined,
  );
  const take = async (piece: Buffer): Promise<void> => {
    conversation.receive(piece);
    while (!conversation.canReceive && !transport.hasEnded) await new Promise((resolve) => setImmediate(resolve));
  };
  for (const piece of pieces) await take(piece);

  const kind = ends?.kind ?? 'open';
  if (kind === 'open') {
    // §5.5.2: a connection that goes on answers a ping, also between fragments.
    await take(frame(peer, 0x89, 'probe'));
    if (received.at(-1) === PROBE_SEEN && sent.at(-1) === PROBE_ANSWERED) {
      received.pop();
      sent.pop();
    }
  }
  const { isOpen, readyState } = conversation;
  const standing = { violations, isOpen, hasEnded: transport.hasEnded };
  const isOver = kind === 'closed' || kind === 'failed';
  if (isOver) {
    // Nothing counts any more, whatever else comes (§5.5.1, §7.1.7).
    await take(frame(peer, 0x89, 'late'));
    conversation.receiveEnd();
  }
  const { closeCode, closeReason } = conversation;
  conversation.transportEnded();
  const closing = { closeCode: isOver ? closeCode : 0, closeReason: closeReason.toString() };
  return { received, sent, ...closing, ...standing, readyStates: [readyState, conversation.readyState] };
}

const PROBE_SEEN = ping('probe');
const PROBE_ANSWERED = controlFrame(0x8a, Buffer.from('probe'));
