// The conversation in both roles, with and without compression, with a close of our own and pauses thrown in: nothing but
// what its sink knows comes out of it, at most one Close frame, and without an extension exactly what the RFC says.

import { MessageInflater } from '../../../lib/connection/zlib/message-inflater.js';
import { encodeClosePayload } from '../../../lib/frame/close-payload.js';
import { Opcode } from '../../../lib/frame/opcode.js';
import { Conversation } from '../../../lib/protocol/conversation.js';
import { readPlainly } from '../../conformance/reference-reader.js';
import { binary, expectedOf, ping, pong, text, controlFrame } from '../../conformance/wire-case.js';
import { isSet, must, mustEqual, readInput } from '../target.js';

const LIMITS = { maxMessageBytes: 64 * 1024, maxFragments: 100 };

export async function conversation(input: Uint8Array): Promise<string> {
  const { options, bytes, pieces } = readInput(input);
  const role = isSet(options, 0) ? 'client' : 'server';
  const compression = isSet(options, 1);
  const log: string[] = [];
  const sent: string[] = [];
  const violations: string[] = [];
  let closeFrames = 0;
  let closings = 0;
  const inflater = compression ? new MessageInflater({ noContextTakeover: isSet(options, 2) }) : undefined;
  const subject: Conversation = new Conversation(
    role,
    LIMITS,
    {
      receiveMessage: (payload, isBinary, isAscii) => {
        must(isAscii === payload.every((byte) => byte < 0x80), 'isAscii tells the truth');
        must(payload.length <= LIMITS.maxMessageBytes, 'no message is longer than the limit');
        log.push(isBinary ? binary(payload) : text(payload));
        if (isSet(options, 4)) subject.pause();
      },
      receivePing: (payload) => log.push(ping(payload)),
      receivePong: (payload) => log.push(pong(payload)),
      sendControl: (opcode, payload) => {
        if (opcode === Opcode.CLOSE) closeFrames++;
        else must(closeFrames === 0 || isSet(options, 3), 'nothing is sent behind a Close frame');
        sent.push(controlFrame(0x80 | opcode, payload));
      },
      beginClosing: () => closings++,
      reportViolation: (error) => violations.push(error.violation),
      endTransport: () => undefined,
      holdReading: () => undefined,
      continueReading: () => subject.proceed(),
    },
    inflater,
  );
  for (const [i, piece] of pieces.entries()) {
    if (isSet(options, 3) && i === pieces.length >> 1) subject.close(1001);
    subject.receive(piece);
    while (!subject.canReceive && subject.readyState < 3) {
      if (subject.isPaused) subject.resume();
      else if (violations.length > 0 || subject.closeCode !== 1006) break;
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }
  must(closeFrames <= 1 && closings <= 1 && violations.length <= 1, 'a connection is closed once');
  const { closeCode, closeReason } = subject;
  must(
    closeCode === 1006 || closeCode === 1005 || encodeClosePayload(closeCode, closeReason).length > 0,
    'the code may stand in a Close frame',
  );
  const state = subject.readyState;
  subject.transportEnded();
  must(subject.readyState === 3 && subject.closeCode === closeCode, 'the end changes nothing');
  if (!compression && !isSet(options, 3)) {
    const { received, ends } = readPlainly(role === 'server' ? 'client' : 'server', bytes, LIMITS);
    const expected = expectedOf({ rule: '', frames: [], receives: received, ends });
    mustEqual(log, expected.received, 'what is received is what the plain reading finds');
    mustEqual(sent, expected.sent, 'what is sent is what the RFC asks for');
    if (ends.kind === 'closed') must(closeCode === expected.closeCode, "the code is the peer's");
  }
  const kinds = log.map((line) => line.slice(0, 2)).slice(-4);
  return [state, ...kinds, ...violations, closeCode === 1006 ? '' : closeFrames].join(' ');
}
