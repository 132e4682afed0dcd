// Finds half-open connections (RFC 6455 §5.5.2): when nothing has been heard for `intervalMs` it asks for a ping, and
// when that brings nothing within `timeoutMs` it reports the peer as lost. Any byte received counts as life. A peer
// that falls silent is found within `intervalMs + timeoutMs`.

import { Deadline } from './deadline.js';

export interface HeartbeatOptions {
  /** How long the line may be quiet before a ping goes out, in milliseconds; 0 turns the heartbeat off. */
  readonly intervalMs: number;
  /** How long the peer has to answer it, in milliseconds; 0 for no limit. */
  readonly timeoutMs: number;
}

export interface HeartbeatOwner {
  heartbeatDue(): void;
  heartbeatLost(): void;
}

const NEVER = -1;

export class Heartbeat extends Deadline {
  private readonly options: HeartbeatOptions;
  private readonly owner: HeartbeatOwner;
  private isBeating: boolean;
  private secondLook: NodeJS.Immediate | undefined;
  // In whole milliseconds, which are stored without a box of their own.
  private lastHeardAt: number;
  /** NEVER where something was heard since. */
  private pingSentAt: number;

  constructor(options: HeartbeatOptions, owner: HeartbeatOwner) {
    super();
    this.options = options;
    this.owner = owner;
    this.isBeating = false;
    this.secondLook = undefined;
    this.lastHeardAt = 0;
    this.pingSentAt = NEVER;
  }

  start(): void {
    if (this.options.intervalMs === 0 || this.isBeating) return;
    this.isBeating = true;
    this.heard();
    this.set(this.options.intervalMs);
  }

  stop(): void {
    if (!this.isBeating) return;
    this.isBeating = false;
    this.clear();
    clearImmediate(this.secondLook);
  }

  /** Bytes came in. Only notes the time, which is looked at when it is due. */
  heard(): void {
    this.lastHeardAt = Math.trunc(performance.now());
    this.pingSentAt = NEVER;
  }

  /** @internal */
  override timeIsUp(): void {
    const now = performance.now();
    const { intervalMs, timeoutMs } = this.options;
    // Timers may fire a little early: under a millisecond left is due.
    if (this.pingSentAt !== NEVER) {
      const left = timeoutMs - (now - this.pingSentAt);
      if (left >= 1) this.set(Math.min(left, intervalMs));
      else this.secondLook = setImmediate(judgeFinally, this);
      return;
    }
    const left = intervalMs - (now - this.lastHeardAt);
    if (left >= 1) {
      this.set(left);
      return;
    }
    this.owner.heartbeatDue();
    if (!this.isBeating) return;
    if (timeoutMs > 0) this.pingSentAt = Math.trunc(performance.now());
    this.set(timeoutMs > 0 ? Math.min(timeoutMs, intervalMs) : intervalMs);
  }

  /** @internal called through {@link judgeFinally} */
  judgeFinally(): void {
    if (this.pingSentAt !== NEVER) this.owner.heartbeatLost();
    else this.timeIsUp();
  }
}

/** Where the event loop was blocked, timers are due before what has arrived meanwhile is read: once around it first. */
function judgeFinally(heartbeat: Heartbeat): void {
  heartbeat.judgeFinally();
}
