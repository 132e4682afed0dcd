// The opening handshake from the client's side (RFC 6455 §4.1): the header fields that ask for it, and the judgement of the
// server's answer, which must prove that it read the key and may choose only from what was offered.

import { acceptKey } from './handshake-key.js';
import { HeaderFields } from './header-fields.js';
import { listNames, parseExtensionList, trimWhitespace } from './header-grammar.js';
import { WEBSOCKET_VERSION } from './handshake-request.js';
import { type DeflateAgreement, readDeflateAnswer } from './permessage-deflate.js';

/** What a client asks for. */
export interface HandshakeOffer {
  /** 16 random bytes in base64, new for every handshake. */
  readonly key: string;
  readonly subprotocols: readonly string[];
  /** The text of `Sec-WebSocket-Extensions`, absent for none. */
  readonly extensions: string | undefined;
}

/** What the server has agreed to. */
export interface HandshakeAgreement {
  /** One of the subprotocols offered, or an empty string. */
  readonly subprotocol: string;
  /** The extensions as the server named them, or an empty string. */
  readonly extensions: string;
  readonly deflate: DeflateAgreement | undefined;
}

/** The server's answer breaks RFC 6455 §4.1; the message says how. */
export class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

/** The fields of the request, besides Host. */
export function handshakeFields(offer: HandshakeOffer): Record<string, string> {
  const fields: Record<string, string> = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': offer.key,
    'Sec-WebSocket-Version': WEBSOCKET_VERSION,
  };
  if (offer.subprotocols.length > 0) fields['Sec-WebSocket-Protocol'] = offer.subprotocols.join(', ');
  if (offer.extensions !== undefined) fields['Sec-WebSocket-Extensions'] = offer.extensions;
  return fields;
}

/**
 * Judges the header fields of a 101.
 * @param rawHeaders names and values in turn
 * @throws HandshakeError
 */
export function readHandshakeAnswer(rawHeaders: readonly string[], offer: HandshakeOffer): HandshakeAgreement {
  const fields = new HeaderFields(rawHeaders);
  if (trimWhitespace(fields.single('upgrade') ?? '').toLowerCase() !== 'websocket') {
    throw new HandshakeError('the answer does not upgrade to "websocket"');
  }
  if (!listNames(fields.joined('connection') ?? '', 'upgrade')) {
    throw new HandshakeError('the answer has no Connection field that names "Upgrade"');
  }
  if (trimWhitespace(fields.single('sec-websocket-accept') ?? '') !== acceptKey(offer.key)) {
    throw new HandshakeError('Sec-WebSocket-Accept does not answer the key');
  }
  return { subprotocol: readSubprotocol(fields, offer), ...readExtensions(fields, offer) };
}

function readSubprotocol(fields: HeaderFields, offer: HandshakeOffer): string {
  if (!fields.has('sec-websocket-protocol')) return '';
  const subprotocol = fields.single('sec-websocket-protocol');
  if (subprotocol === undefined || !offer.subprotocols.includes(subprotocol)) {
    throw new HandshakeError('the server chose a subprotocol that was not offered');
  }
  return subprotocol;
}

function readExtensions(fields: HeaderFields, offer: HandshakeOffer): Omit<HandshakeAgreement, 'subprotocol'> {
  const extensions = fields.joined('sec-websocket-extensions');
  if (extensions === undefined) return { extensions: '', deflate: undefined };
  const accepted = parseExtensionList(extensions);
  const deflate =
    accepted?.length === 1 && offer.extensions !== undefined ? readDeflateAnswer(accepted[0]!) : undefined;
  if (deflate === undefined)
    throw new HandshakeError('the server chose extensions or parameters that were not offered');
  return { extensions, deflate };
}
