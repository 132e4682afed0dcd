// The negotiation of permessage-deflate (RFC 7692 §7.1): of what a client offers, the first that can be kept is accepted
// with the parameters that both sides follow; malformed and unknown offers are declined, never an error. The other
// side of it, offering and reading a server's answer, is here too.

import type { ExtensionOffer } from './header-grammar.js';

const NAME = 'permessage-deflate';

/** What both sides have agreed on. */
export interface DeflateAgreement {
  /** The server begins every message with an empty window (§7.1.1.1). */
  readonly serverNoContextTakeover: boolean;
  /** The client does (§7.1.1.2). */
  readonly clientNoContextTakeover: boolean;
  /** The base-2 logarithm of the server's window, 9 to 15 (§7.1.2.1). */
  readonly serverMaxWindowBits: number;
  /** That of the client's window, 8 to 15 (§7.1.2.2). */
  readonly clientMaxWindowBits: number;
}

export interface DeflatePreferences {
  /** Whether windows are kept from one message to the next: better ratios, more memory for each connection. */
  readonly takeover: boolean;
  /** The largest window wanted, 9 to 15; asked of the client where it can be. */
  readonly windowBits: number;
}

export const MAX_WINDOW_BITS = 15;
/** zlib's deflate keeps no smaller window, so that one of 8 bits is not promised. */
export const MIN_DEFLATE_WINDOW_BITS = 9;

/** `client_max_window_bits` may come without a value: the client can limit its window, and leaves the number to us. */
const NO_VALUE = 0;
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;

interface Parameters {
  serverNoContextTakeover: boolean;
  clientNoContextTakeover: boolean;
  serverMaxWindowBits: number | undefined;
  clientMaxWindowBits: number | undefined;
}

/** @returns the first offer that can be kept, as agreed; undefined for none */
export function acceptDeflate(
  offers: readonly ExtensionOffer[],
  { takeover, windowBits }: DeflatePreferences,
): DeflateAgreement | undefined {
  for (const offer of offers) {
    const parameters = readParameters(offer);
    if (parameters === undefined) continue;
    const { serverMaxWindowBits = MAX_WINDOW_BITS, clientMaxWindowBits } = parameters;
    if (serverMaxWindowBits < MIN_DEFLATE_WINDOW_BITS) continue;
    return {
      serverNoContextTakeover: !takeover || parameters.serverNoContextTakeover,
      clientNoContextTakeover: !takeover || parameters.clientNoContextTakeover,
      serverMaxWindowBits: Math.min(windowBits, serverMaxWindowBits),
      clientMaxWindowBits:
        clientMaxWindowBits === undefined
          ? MAX_WINDOW_BITS
          : Math.min(windowBits, clientMaxWindowBits || MAX_WINDOW_BITS),
    };
  }
  return undefined;
}

/** The extension as the 101 names it; parameters that say what holds anyway are left out. */
export function formatAgreement(agreement: DeflateAgreement): string {
  let text = NAME;
  if (agreement.serverNoContextTakeover) text += '; server_no_context_takeover';
  if (agreement.clientNoContextTakeover) text += '; client_no_context_takeover';
  if (agreement.serverMaxWindowBits < MAX_WINDOW_BITS)
    text += `; server_max_window_bits=${agreement.serverMaxWindowBits}`;
  if (agreement.clientMaxWindowBits < MAX_WINDOW_BITS)
    text += `; client_max_window_bits=${agreement.clientMaxWindowBits}`;
  return text;
}

/** @returns undefined for another extension, and for parameters that are unknown, doubled or malformed (§7.1) */
function readParameters(offer: ExtensionOffer): Parameters | undefined {
  if (offer.name !== NAME) return undefined;
  const names = new Set(offer.parameters.map(([name]) => name));
  if (names.size < offer.parameters.length) return undefined;
  const parameters: Parameters = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: undefined,
    clientMaxWindowBits: undefined,
  };
  for (const [name, value] of offer.parameters) if (!readParameter(parameters, name, value)) return undefined;
  return parameters;
}

function readParameter(parameters: Parameters, name: string, value: string | true): boolean {
  switch (name) {
    case 'server_no_context_takeover':
      parameters.serverNoContextTakeover = true;
      return value === true;
    case 'client_no_context_takeover':
      parameters.clientNoContextTakeover = true;
      return value === true;
    case 'server_max_window_bits':
      parameters.serverMaxWindowBits = Number(value);
      return isWindowBits(value);
    case 'client_max_window_bits':
      parameters.clientMaxWindowBits = value === true ? NO_VALUE : Number(value);
      return value === true || isWindowBits(value);
    default:
      return false;
  }
}

function isWindowBits(value: string | true): boolean {
  return value !== true && WINDOW_BITS.test(value);
}
