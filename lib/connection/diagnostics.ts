// The wire made visible through `node:diagnostics_channel`: handshakes, frames in both directions, closes. While nobody has
// subscribed, each costs one look at a flag. What a subscriber throws does not reach the connection: as with every channel
// of diagnostics, it is an uncaught exception of the process, in a later tick.

import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** A message on `nestwire:handshake`: an upgrade that was answered. */
export interface HandshakeDiagnostics {
  /** The stream of the connection, by which handshake, frames and close belong together. */
  readonly socket: Duplex;
  readonly request: IncomingMessage;
  /** 101, or the status of the refusal. */
  readonly status: number;
  /** The answer as it was written, head and body. */
  readonly answer: string;
}

/** A message on `nestwire:frame`. */
export interface FrameDiagnostics {
  readonly socket: Duplex;
  readonly direction: 'in' | 'out';
  readonly fin: boolean;
  /** Whether the frame begins a compressed message (RFC 7692 §6). */
  readonly rsv1: boolean;
  readonly opcode: number;
  readonly masked: boolean;
  /** The length of the whole payload in bytes. */
  readonly payloadLength: number;
  /** The first bytes of the payload, unmasked: at most {@link VISIBLE_BYTES}, and of those received what came with the header. */
  readonly payload: Buffer;
}

/** A message on `nestwire:close`. */
export interface CloseDiagnostics {
  readonly socket: Duplex;
  /** As RFC 6455 §7.1.5 defines it; 1006 without a Close frame. */
  readonly code: number;
  readonly reason: string;
}

/** How much of a payload is shown. */
export const VISIBLE_BYTES = 64;

export const handshakeChannel = channel('nestwire:handshake');
export const frameChannel = channel('nestwire:frame');
export const closeChannel = channel('nestwire:close');

/** To be called only while `frameChannel.hasSubscribers`. */
export function publishFrame(frame: FrameDiagnostics): void {
  frameChannel.publish({ ...frame, payload: Buffer.from(frame.payload.subarray(0, VISIBLE_BYTES)) });
}
