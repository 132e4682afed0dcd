// The header grammar and the negotiation of permessage-deflate: whatever is read can be written and read again, and what the
// server would answer is an answer that our client takes.

import {
  type ExtensionOffer,
  isToken,
  listElements,
  parseExtensionList,
  parseTokenList,
  trimWhitespace,
} from '../../../lib/handshake/header-grammar.js';
import { acceptDeflate, readDeflateAnswer } from '../../../lib/handshake/permessage-deflate.js';
import { isSet, must, mustEqual, readInput } from '../target.js';

export function headerGrammar(input: Uint8Array): string {
  const { options, bytes } = readInput(input);
  const value = bytes.toString('latin1');
  const outcome = [readTokens(value), readExtensions(value, options)];
  must(trimWhitespace(trimWhitespace(value)) === trimWhitespace(value), 'what is trimmed stays');
  must(
    listElements(value).every((element) => element === trimWhitespace(element).toLowerCase()),
    'elements are trimmed',
  );
  return outcome.join(' ');
}

function readTokens(value: string): string {
  const tokens = parseTokenList(value);
  if (tokens === undefined) return 'none';
  must(tokens.length > 0 && tokens.every(isToken), 'a list of tokens is of tokens');
  mustEqual(parseTokenList(tokens.join(', ')) ?? [], tokens, 'a list of tokens can be written and read again');
  return `${Math.min(tokens.length, 9)} tokens`;
}

function readExtensions(value: string, options: number): string {
  const offers = parseExtensionList(value);
  if (offers === undefined) return 'none';
  must(offers.length > 0, 'a list of extensions is not empty');
  const written = offers.map(write);
  mustEqual(
    (parseExtensionList(written.join(',')) ?? []).map(write),
    written,
    'extensions can be written and read again',
  );
  const accepted = acceptDeflate(offers, { takeover: isSet(options, 0), windowBits: 9 + (options >> 5) });
  if (accepted === undefined) return `${Math.min(offers.length, 9)} extensions`;
  const { answer, agreement } = accepted;
  const { serverMaxWindowBits, clientMaxWindowBits } = agreement;
  must(serverMaxWindowBits >= 9 && serverMaxWindowBits <= 15, 'the server keeps the window that it promises');
  must(clientMaxWindowBits >= 8 && clientMaxWindowBits <= 15, 'the client is asked for a window that there is');
  const answered = parseExtensionList(answer);
  must(answered?.length === 1, 'the answer is one extension');
  if (clientMaxWindowBits > 8) {
    const read = readDeflateAnswer(answered[0]!);
    must(
      JSON.stringify(read) === JSON.stringify({ ...read, ...agreement }),
      'the client understands what the server agreed to',
    );
  }
  return answer;
}

function write({ name, parameters }: ExtensionOffer): string {
  must(isToken(name), 'an extension has a name');
  const written = parameters.map(([name, value]) => {
    must(isToken(name) && (value === true || isToken(value)), 'parameters are tokens');
    return value === true ? name : `${name}=${value}`;
  });
  return [name, ...written].join(';');
}
