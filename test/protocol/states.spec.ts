import { describe, expect, it } from '@jest/globals';
import {
  CLOSE_EXCHANGED,
  CLOSE_SENT,
  ENDED,
  type Event,
  FAILED,
  isReading,
  OPEN,
  READY_STATES,
  type State,
  TRANSITIONS,
} from '../../lib/protocol/states.js';

const EVENTS: readonly Event[] = ['sendClose', 'receiveClose', 'fail', 'transportEnded'];
const STATES: readonly State[] = [OPEN, CLOSE_SENT, CLOSE_EXCHANGED, FAILED, ENDED];

describe('the table of states', () => {
  it.each<[string, State, (State | undefined)[]]>([
    ['open', OPEN, [CLOSE_SENT, CLOSE_EXCHANGED, FAILED, ENDED]],
    ['Close sent', CLOSE_SENT, [undefined, CLOSE_EXCHANGED, FAILED, ENDED]],
    ['Close exchanged', CLOSE_EXCHANGED, [undefined, undefined, undefined, ENDED]],
    ['failed', FAILED, [undefined, undefined, undefined, ENDED]],
    ['ended', ENDED, [undefined, undefined, undefined, undefined]],
  ])('§7: %s goes on as the RFC says for each event', (_, state, expected) => {
    expect(EVENTS.map((event) => TRANSITIONS[state][event])).toEqual(expected);
    expect(Object.keys(TRANSITIONS[state]).filter((event) => !EVENTS.includes(event as Event))).toEqual([]);
  });

  it('§7.1: no event leads back, and each state but the last can end', () => {
    for (const state of STATES) {
      for (const event of EVENTS) expect(TRANSITIONS[state][event] ?? Infinity).toBeGreaterThan(state);
    }
    expect(STATES.filter((state) => TRANSITIONS[state].transportEnded === ENDED)).toEqual([
      OPEN,
      CLOSE_SENT,
      CLOSE_EXCHANGED,
      FAILED,
    ]);
  });

  it('§5.5.1: frames count until the peer has sent its Close', () => {
    expect(STATES.filter(isReading)).toEqual([OPEN, CLOSE_SENT]);
  });

  it('shows the ready states of the WebSocket API', () => {
    expect(STATES.map((state) => READY_STATES[state])).toEqual([1, 2, 2, 2, 3]);
  });
});
