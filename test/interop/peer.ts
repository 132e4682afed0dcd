// A foreign implementation, and where it runs.

import type { Order, Report } from './order.js';

/** What a peer's interface lets us ask of it. */
export type Ability =
  | 'fragments'
  /** Sends pings and tells of pongs. */
  | 'ping'
  /** Closes with codes that browsers may not use. */
  | 'any-code'
  /** Sends a Close without a code. */
  | 'no-code'
  /** Tells the reason of the server's Close. */
  | 'reason'
  /** Inflates what it receives. */
  | 'inflate'
  /** Compresses what it sends. */
  | 'deflate';

/** What a peer's Close says when ours came first; §5.5.1: typically the same code. */
export type CloseAnswer = 'the same' | 'the code' | '1000';

export interface Peer {
  readonly name: string;
  readonly answersClose: CloseAnswer;
  readonly abilities: readonly Ability[];
  /** `describe`, or what stands in for it where the peer is not installed. */
  readonly describe: (name: string, tests: () => void) => void;
  start(): Promise<RunningPeer>;
}

export interface RunningPeer {
  /** Connects, does what it is told, and tells when the connection has ended. */
  carryOut(order: Order): Promise<Report>;
  stop(): Promise<void>;
}

/** A peer in this process: nothing to start. */
export function inProcess(carryOut: (order: Order) => Promise<Report>): () => Promise<RunningPeer> {
  return () => Promise.resolve({ carryOut, stop: () => Promise.resolve() });
}
