// One row of the conformance tables: the rule, the frames that a peer sends, and what the RFC says must follow. Knows bytes
// and expectations only; who is held to them (the pure engine, a server, a client over TCP) is the business of others.

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { constants, deflateRawSync } from 'node:zlib';
import { closePayload, frame, type Role } from '../support/bytes.js';

/** First byte and payload, or the bytes themselves where a frame is not as it should be. */
export type Frame = readonly [firstByte: number, payload?: string | Uint8Array] | ((from: Role) => Uint8Array);

/** What the application, or whoever listens to control frames, gets to see; in one line. */
export type Received = string;

/** How the connection stands when the frames have been read. */
export type Ending =
  | { readonly kind: 'open' }
  /** In the middle of a frame, where nothing can be asked any more. */
  | { readonly kind: 'waiting' }
  /** §7.1.5: the peer's code and reason; the answer repeats them (§5.5.1). */
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string | Uint8Array }
  /** §7.1.7: a Close frame with this code, then the end. */
  | { readonly kind: 'failed'; readonly code: number };

export interface WireCase {
  /** The section and what it says. */
  readonly rule: string;
  readonly frames: readonly Frame[];
  /** Messages, pings and pongs in order. @default none */
  readonly receives?: readonly Received[];
  /** @default open */
  readonly ends?: Ending;
  /** Who receives the frames, where the rule is for one role. @default both */
  readonly to?: Role;
  /** With or without permessage-deflate, where it matters. @default both */
  readonly deflate?: boolean;
  /** Under 1,000 bytes and 8 fragments for each message. */
  readonly smallLimits?: boolean;
}

/** What was seen to follow, or is expected to; payloads and frames as text. */
export interface Outcome {
  readonly received: readonly Received[];
  /** Control frames sent, in hex, the mask taken off. */
  readonly sent: readonly string[];
  /** How the connection ended as §7.1.5 and §7.1.6 define it; 0 while it has not. */
  readonly closeCode: number;
  readonly closeReason: string;
}

export const SMALL_LIMITS = { maxMessageBytes: 1000, maxFragments: 8 };
export const LARGE_LIMITS = { maxMessageBytes: 1024 * 1024, maxFragments: 1024 };

export const text = (payload: string | Uint8Array): Received => `text: ${brief(payload, 'utf8')}`;
export const binary = (payload: string | Uint8Array): Received => `binary: ${brief(payload, 'hex')}`;
export const ping = (payload: string | Uint8Array = ''): Received => `ping: ${brief(payload, 'hex')}`;
export const pong = (payload: string | Uint8Array = ''): Received => `pong: ${brief(payload, 'hex')}`;

export const OPEN: Ending = { kind: 'open' };
export const WAITING: Ending = { kind: 'waiting' };
/** @param code absent for a Close frame without one */
export const closed = (code = 1005, reason: string | Uint8Array = ''): Ending => ({ kind: 'closed', code, reason });
export const fails = (code: number): Ending => ({ kind: 'failed', code });

export const bytesOf = (from: Role, frames: readonly Frame[]): Buffer =>
  Buffer.concat(frames.map((each) => (typeof each === 'function' ? each(from) : frame(from, each[0], each[1]))));

/** The first so many bytes of a frame. */
export const cutShort =
  (size: number, firstByte: number, payload: string | Uint8Array): Frame =>
  (from) => {
    const whole = frame(from, firstByte, payload);
    const header = whole.length - Buffer.from(payload).length;
    return whole.subarray(0, header + size);
  };

export function expectedOf({ receives = [], ends = OPEN }: WireCase): Outcome {
  const pongs = receives.filter((line) => line.startsWith('ping: ')).map((line) => pongTo(line));
  const outcome = { received: receives, sent: pongs, closeCode: 0, closeReason: '' };
  if (ends.kind === 'closed') {
    const payload = ends.code === 1005 ? Buffer.alloc(0) : closePayload(ends.code, ends.reason);
    const sent = [...pongs, controlFrame(0x88, payload)];
    return { ...outcome, sent, closeCode: ends.code, closeReason: Buffer.from(ends.reason).toString() };
  }
  if (ends.kind === 'failed') {
    return { ...outcome, sent: [...pongs, controlFrame(0x88, closePayload(ends.code))], closeCode: 1006 };
  }
  return outcome;
}

/** A control frame in hex, as a server sends it. */
export const controlFrame = (firstByte: number, payload: Uint8Array): string =>
  frame('server', firstByte, payload).toString('hex');

const pongTo = (line: string): string => controlFrame(0x8a, Buffer.from(line.slice('ping: '.length), 'hex'));

/** Short payloads as they are, long ones by size and digest, so that a failure can be read. */
function brief(payload: string | Uint8Array, encoding: 'hex' | 'utf8'): string {
  const bytes = Buffer.from(payload);
  if (bytes.length <= 125) return bytes.toString(encoding);
  return `${bytes.length} bytes, sha1 ${createHash('sha1').update(bytes).digest('hex')}`;
}

/** DEFLATE with a sync flush at its end (RFC 7692 §7.2.1), done by Node's public zlib. */
export function deflated(payload: string | Uint8Array, { tail = false } = {}): Buffer {
  const bytes = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH });
  return tail ? bytes : bytes.subarray(0, -4);
}

/**
 * The same messages, each compressed and cut into as many frames as it had (RFC 7692 §6.1).
 * @returns undefined where nothing is to be compressed, or bytes stand there as they must
 */
export function compressedFrames(frames: readonly Frame[]): readonly Frame[] | undefined {
  const result: Frame[] = [];
  // Where the frames of the message that is open stand in the result.
  let message: number[] = [];
  let payloads: Buffer[] = [];
  let count = 0;
  const finish = (isWhole: boolean): void => {
    if (message.length === 0) return;
    const data = deflated(Buffer.concat(payloads), { tail: !isWhole });
    message.forEach((place, i) => {
      const [firstByte] = result[place] as readonly [number];
      const from = Math.floor((data.length * i) / message.length);
      const to = Math.floor((data.length * (i + 1)) / message.length);
      result[place] = [i === 0 ? firstByte | 0x40 : firstByte, data.subarray(from, to)];
    });
    count++;
    message = [];
    payloads = [];
  };
  for (const each of frames) {
    if (typeof each === 'function' || (each[0] & 0x70) !== 0) return undefined;
    const [firstByte, payload = ''] = each;
    const opcode = firstByte & 0x0f;
    if (opcode === 1 || opcode === 2) finish(false);
    const isPart = opcode === 1 || opcode === 2 || (opcode === 0 && message.length > 0);
    result.push(each);
    if (!isPart) continue;
    message.push(result.length - 1);
    payloads.push(Buffer.from(payload));
    if (firstByte >= 0x80) finish(true);
  }
  finish(false);
  return count > 0 ? result : undefined;
}
