// Both handshakes, judged from any header fields: a refusal that repeats nothing, or a 101 whose lines are ours and name only
// what was offered; and on the client's side an agreement or a HandshakeError.

import { HandshakeError, readHandshakeAnswer } from '../../../lib/handshake/client-handshake.js';
import { isRefusal, readHandshakeRequest } from '../../../lib/handshake/handshake-request.js';
import { encodeHandshakeResponse } from '../../../lib/handshake/handshake-response.js';
import { acceptDeflate, DEFLATE_OFFER } from '../../../lib/handshake/permessage-deflate.js';
import { encodeRefusal } from '../../../lib/handshake/refusal.js';
import { chooseSubprotocol } from '../../../lib/handshake/subprotocol.js';
import { isSet, must, readInput } from '../target.js';

/** A line of the input is the method and version, then each a field, as an HTTP parser would hand them over. */
export function handshake(input: Uint8Array): string {
  const { options, bytes } = readInput(input);
  const [requestLine = '', ...lines] = bytes.toString('latin1').split('\n');
  const rawHeaders = lines.flatMap((line) => {
    const colon = line.indexOf(':');
    return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
  });
  const [method = '', version = ''] = requestLine.split(' ');
  const request = {
    method,
    httpVersionMajor: Number(version.charAt(0)),
    httpVersionMinor: Number(version.charAt(2)),
    rawHeaders,
  };
  return `${judge(request, options)} ${judgeAnswer(rawHeaders)}`;
}

function judge(request: Parameters<typeof readHandshakeRequest>[0], options: number): string {
  const judged = readHandshakeRequest(request);
  if (isRefusal(judged)) {
    const answer = encodeRefusal(judged).toString('latin1');
    must(answer.startsWith(`HTTP/1.1 ${judged.status} `), 'a refusal is an HTTP answer');
    must([400, 405, 426].includes(judged.status), 'a malformed handshake is 400, 405 or 426');
    return `${judged.status} ${judged.message?.slice(0, 30)}`;
  }
  const subprotocol = chooseSubprotocol(judged.subprotocols, isSet(options, 0) ? ['chat'] : undefined);
  const accepted = acceptDeflate(judged.extensions, { takeover: true, windowBits: 15 });
  const answer = encodeHandshakeResponse(judged, { subprotocol, extensions: accepted?.answer }).toString('latin1');
  const expected = 4 + (subprotocol === undefined ? 0 : 1) + (accepted === undefined ? 0 : 1);
  must(
    answer.endsWith('\r\n\r\n') && answer.split(/\r\n|\r|\n/).length === expected + 2,
    'a 101 has no lines but ours',
  );
  must(answer.startsWith('HTTP/1.1 101 ') && !/[^\x20-\x7e\r\n]/.test(answer), 'a 101 is of visible ASCII');
  return `101 ${Math.min(judged.subprotocols.length, 3)} ${accepted?.answer}`;
}

function judgeAnswer(rawHeaders: readonly string[]): string {
  const offer = { key: 'dGhlIHNhbXBsZSBub25jZQ==', subprotocols: ['chat', 'superchat'], extensions: DEFLATE_OFFER };
  try {
    const { subprotocol, deflate } = readHandshakeAnswer(rawHeaders, offer);
    must(['', ...offer.subprotocols].includes(subprotocol), 'only what was offered is agreed on');
    return `agreed ${subprotocol} ${JSON.stringify(deflate)}`;
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    return error.message.slice(0, 30);
  }
}
