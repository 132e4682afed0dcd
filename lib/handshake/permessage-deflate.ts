// The negotiation of permessage-deflate (RFC 7692 §7.1): of what a client offers, the first that can be kept is accepted
// with the parameters that both sides follow; malformed and unknown offers are declined, never an error.

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

const MAX_WINDOW_BITS = 15;
/** zlib's deflate keeps no smaller window, so that one of 8 bits is not promised. */
const MIN_DEFLATE_WINDOW_BITS = 9;

/** `client_max_window_bits` may come without a value: the client can limit its window, and leaves the number to us. */
const NO_VALUE = 0;
const WINDOW_BITS = /^(?:[89]|1[0-5])$/;

interface Parameters {
  serverNoContextTakeover: boolean;
  clientNoContextTakeover: boolean;
  serverMaxWindowBits: number | undefined;
  clientMaxWindowBits: number | undefined;
}

export interface AcceptedDeflate {
  readonly agreement: DeflateAgreement;
  /** The extension as the 101 names it. */
  readonly answer: string;
}

/** What our client offers: whatever the server likes, since it can follow every limit (§7.1.2.2). */
export const DEFLATE_OFFER = `${NAME}; client_max_window_bits`;

/**
 * Reads the server's answer to {@link DEFLATE_OFFER}.
 * @returns undefined where the client must fail the connection (§7.1)
 */
export function readDeflateAnswer(answer: ExtensionOffer): DeflateAgreement | undefined {
  const parameters = readParameters(answer);
  if (parameters === undefined || parameters.clientMaxWindowBits === NO_VALUE) return undefined;
  const clientMaxWindowBits = parameters.clientMaxWindowBits ?? MAX_WINDOW_BITS;
  if (clientMaxWindowBits < MIN_DEFLATE_WINDOW_BITS) return undefined;
  return { ...parameters, serverMaxWindowBits: parameters.serverMaxWindowBits ?? MAX_WINDOW_BITS, clientMaxWindowBits };
}

/** @returns the first offer that can be kept; undefined for none */
export function acceptDeflate(
  offers: readonly ExtensionOffer[],
  preferences: DeflatePreferences,
): AcceptedDeflate | undefined {
  for (const offer of offers) {
    const parameters = readParameters(offer);
    if (parameters === undefined) continue;
    if ((parameters.serverMaxWindowBits ?? MAX_WINDOW_BITS) < MIN_DEFLATE_WINDOW_BITS) continue;
    const agreement = agree(parameters, preferences);
    return { agreement, answer: formatAnswer(agreement, parameters) };
  }
  return undefined;
}

function agree(offered: Parameters, { takeover, windowBits }: DeflatePreferences): DeflateAgreement {
  const { serverMaxWindowBits = MAX_WINDOW_BITS, clientMaxWindowBits } = offered;
  return {
    serverNoContextTakeover: !takeover || offered.serverNoContextTakeover,
    clientNoContextTakeover: !takeover || offered.clientNoContextTakeover,
    serverMaxWindowBits: Math.min(windowBits, serverMaxWindowBits),
    // A client that does not say that it can limit its window must not be told to (§7.1.2.2).
    clientMaxWindowBits:
      clientMaxWindowBits === undefined
        ? MAX_WINDOW_BITS
        : Math.min(windowBits, clientMaxWindowBits || MAX_WINDOW_BITS),
  };
}

/** A limit of the server's window that was asked for is granted by naming it, whatever it is (§7.1.2.1). */
function formatAnswer(agreement: DeflateAgreement, offered: Parameters): string {
  const { serverMaxWindowBits, clientMaxWindowBits } = agreement;
  const namesServerWindow = offered.serverMaxWindowBits !== undefined || serverMaxWindowBits < MAX_WINDOW_BITS;
  let answer = NAME;
  if (agreement.serverNoContextTakeover) answer += '; server_no_context_takeover';
  if (agreement.clientNoContextTakeover) answer += '; client_no_context_takeover';
  if (namesServerWindow) answer += `; server_max_window_bits=${serverMaxWindowBits}`;
  if (clientMaxWindowBits < MAX_WINDOW_BITS) answer += `; client_max_window_bits=${clientMaxWindowBits}`;
  return answer;
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
