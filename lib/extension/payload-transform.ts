// What an extension does to the payload of messages (RFC 6455 §9.2, RFC 7692 §6), as the layers above see it. How it is
// done, with zlib, in this turn or on another thread, is injected from outside: the message and protocol layers stay pure.

import type { Buffer } from 'node:buffer';
import type { ProtocolError } from '../frame/protocol-error.js';

/** Turns the compressed payloads of one peer's messages into what they were, piece by piece. */
export interface PayloadInflater {
  /**
   * Takes the next bytes of a message, which are good until the call returns. Nothing may be given before the answer to what was given last has come.
   * @param isLast whether the message ends with them
   * @param maxBytes how much may come out; more is a violation
   * @param done gets the answer when it is not there at once; not called after `close`
   * @returns what came out, or undefined when it will come through `done`
   * @throws ProtocolError for bytes that are no DEFLATE data, or too much output
   */
  inflate(
    piece: Buffer,
    isLast: boolean,
    maxBytes: number,
    done: (result: Buffer | ProtocolError) => void,
  ): Buffer | undefined;
  /** Frees everything, also in the middle of a message. */
  close(): void;
}

/** A text that was compressed. */
export interface CompressedText {
  /** How long it was, in bytes of UTF-8. */
  readonly payloadBytes: number;
  readonly compressed: Buffer;
}

/** Compresses the payloads of messages to one peer, each as a whole. */
export interface PayloadDeflater {
  /**
   * The same for all that make the same bytes of the same message, so that one may do the work for many; undefined where what
   * it makes depends on the messages before (context takeover).
   */
  readonly sharing: string | undefined;
  /** One more with the same `sharing`, for one message that is nobody's own. */
  another(): PayloadDeflater;
  /**
   * Takes one message; the next must wait for the answer.
   * @param done gets the answer when it is not there at once; not called after `close`
   * @returns the compressed payload, or undefined when it will come through `done`
   */
  deflate(payload: Uint8Array, done: (compressed: Buffer) => void): Buffer | undefined;
  /** What `deflate` would return for a text, where it is known from this deflater or another. */
  recall(text: string): CompressedText | undefined;
  /** @param known what `deflate` has returned for the text */
  remember(text: string, known: CompressedText): void;
  close(): void;
}
