// Whoever listens to a connection: what it is told of, and in which order the end comes.

import type { Buffer } from 'node:buffer';

/** None of these may throw. */
export interface ConnectionHandler {
  /** A binary payload is the handler's to keep; the bytes of a text are good until the call returns. */
  onMessage(payload: Buffer, isBinary: boolean, isAscii: boolean): void;
  /** Every message has been told of that came at once; what is sent now leaves in one write with what was sent before. */
  onDelivered?(): void;
  onPing(payload: Buffer): void;
  onPong(payload: Buffer): void;
  /** The socket has taken what waited, after it had refused more or `watchDrain` had asked for this. */
  onDrain(): void;
  /** The closing handshake began, from whichever side: nothing more can be sent. */
  onClosing(): void;
  /** The peer broke a rule or a limit, or the stream failed; `onClose` follows. */
  onError(error: Error): void;
  /** The stream is gone. `code` is the peer's, or 1005 or 1006 (RFC 6455 §7.1.5). */
  onClose(code: number, reason: Buffer): void;
}
