// The life of a conversation as a table (RFC 6455 §7): everything that may change its state is here, and an event that
// has no entry in a state's row is ignored there.

import type { Opcode } from '../frame/opcode.js';

/** Frames of every kind pass. */
export const OPEN = 0;
/** We sent a Close frame and wait for the peer's; its messages still arrive (§7.1.2). */
export const CLOSE_SENT = 1;
/** Both Close frames have passed; what remains is the end of the transport (§7.1.1). */
export const CLOSE_EXCHANGED = 2;
/** The peer broke a rule or stopped sending without a Close frame: nothing more is read or sent (§7.1.7). */
export const FAILED = 3;
/** The transport is gone. */
export const ENDED = 4;

export type State = typeof OPEN | typeof CLOSE_SENT | typeof CLOSE_EXCHANGED | typeof FAILED | typeof ENDED;
export type Event = 'sendClose' | 'receiveClose' | 'fail' | 'transportEnded';

export const TRANSITIONS: Readonly<Record<State, Readonly<Partial<Record<Event, State>>>>> = {
  [OPEN]: { sendClose: CLOSE_SENT, receiveClose: CLOSE_EXCHANGED, fail: FAILED, transportEnded: ENDED },
  [CLOSE_SENT]: { receiveClose: CLOSE_EXCHANGED, fail: FAILED, transportEnded: ENDED },
  [CLOSE_EXCHANGED]: { transportEnded: ENDED },
  [FAILED]: { transportEnded: ENDED },
  [ENDED]: {},
};

/** States in which the peer's frames still count. */
export function isReading(state: State): boolean {
  return state <= CLOSE_SENT;
}

/** The `readyState` that the WebSocket API shows for each state; CONNECTING (0) ends before a conversation begins. */
export const READY_STATES = [1, 2, 2, 2, 3] as const satisfies Record<State, number>;

export type ControlOpcode = typeof Opcode.CLOSE | typeof Opcode.PING | typeof Opcode.PONG;
