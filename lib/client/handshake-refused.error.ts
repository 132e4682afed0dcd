// A handshake that was answered with something other than a 101: what the server said, as far as somebody wants to read it.

import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { HandshakeError } from '../handshake/client-handshake.js';

/** How much of the body stands in the error's message. */
const QUOTED_CHARACTERS = 200;

/** The server answered the handshake with something other than a 101. */
export class HandshakeRefusedError extends HandshakeError {
  /** The HTTP status. */
  readonly status: number;
  /** The header fields of the answer, their names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** The first `maxRefusalBytes` of the body; an empty string where it was not read. */
  readonly body: string;

  constructor(response: IncomingMessage, body: string) {
    const quoted = body.trim().slice(0, QUOTED_CHARACTERS);
    super(`the server refused the handshake with status ${response.statusCode}${quoted && `: ${quoted}`}`);
    this.status = response.statusCode!;
    this.headers = response.headers;
    this.body = body;
  }
}

/** Reads a refusal, as far as it comes: a body may be cut off, or longer than `maxBytes`, and is an answer all the same. */
export async function readRefusal(response: IncomingMessage, maxBytes: number): Promise<HandshakeRefusedError> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    if (maxBytes > 0) {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= maxBytes) break;
      }
    }
  } catch {
    // What has come is what there is to tell.
  }
  return new HandshakeRefusedError(response, Buffer.concat(chunks).subarray(0, maxBytes).toString());
}
