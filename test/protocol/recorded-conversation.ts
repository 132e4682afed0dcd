// A conversation whose sink writes down, in one line each, what it is told; a line may be given a reaction.

import { Buffer } from 'node:buffer';
import type { MessageLimits } from '../../lib/message/message-decoder.js';
import { Conversation } from '../../lib/protocol/conversation.js';
import type { Role } from '../support/bytes.js';

export interface Recorded {
  readonly conversation: Conversation;
  readonly log: string[];
  /** What the sink does when it writes down a line that begins so. */
  on(line: string, reaction: () => void): void;
  /** Receives the pieces and gives back the lines that they led to. */
  receive(pieces: Iterable<Buffer>): string[];
  /** Gives back the lines that the action led to. */
  during(action: () => void): string[];
}

export function recordedConversation(
  role: Role,
  limits: MessageLimits = { maxMessageBytes: 1000, maxFragments: 8 },
): Recorded {
  const log: string[] = [];
  const reactions = new Map<string, () => void>();
  const note = (line: string) => {
    log.push(line);
    for (const [beginning, reaction] of reactions) if (line.startsWith(beginning)) reaction();
  };
  const conversation = new Conversation(role, limits, {
    receiveMessage: (payload, isBinary, isAscii) =>
      note(`${isBinary ? 'binary' : 'text'}${isAscii ? '' : ' (not ASCII)'}: ${Buffer.from(payload).toString()}`),
    receivePing: (payload) => note(`ping: ${payload.toString()}`),
    receivePong: (payload) => note(`pong: ${payload.toString()}`),
    sendControl: (opcode, payload) => note(`send ${opcode.toString(16)}: ${payload.toString('hex')}`),
    beginClosing: () => note('begin closing'),
    reportViolation: (error) => note(`violation: ${error.violation}`),
    endTransport: () => note('end transport'),
    holdReading: () => note('hold reading'),
    continueReading: () => note('continue reading'),
  });
  const during = (action: () => void) => {
    const before = log.length;
    action();
    return log.slice(before);
  };
  return {
    conversation,
    log,
    on: (line, reaction) => void reactions.set(line, reaction),
    receive: (pieces) =>
      during(() => {
        for (const piece of pieces) conversation.receive(piece);
      }),
    during,
  };
}
