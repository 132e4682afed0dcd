// Finds half-open connections (RFC 6455 §5.5.2): when nothing has been heard for `intervalMs` it asks for a ping, and
// when that brings nothing within `timeoutMs` it reports the peer as lost. Any byte received counts as life. A peer
// that falls silent is found within `intervalMs + timeoutMs`, with one timer per connection.

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

export class Heartbeat {
  private readonly options: HeartbeatOptions;
  private readonly owner: HeartbeatOwner;
  private timer: NodeJS.Timeout | undefined;
  private secondLook: NodeJS.Immediate | undefined;
  private lastHeardAt: number;
  private pingSentAt: number;

  constructor(options: HeartbeatOptions, owner: HeartbeatOwner) {
    this.options = options;
    this.owner = owner;
    this.timer = undefined;
    this.secondLook = undefined;
    this.lastHeardAt = 0;
    this.pingSentAt = -1;
  }

  start(): void {
    if (this.options.intervalMs === 0 || this.timer !== undefined) return;
    this.pingSentAt = -1;
    this.heard();
    this.wait(this.options.intervalMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    clearImmediate(this.secondLook);
    this.timer = undefined;
  }

  /** Bytes came in. Only notes the time: the timer looks at it when it is due. */
  heard(): void {
    this.lastHeardAt = performance.now();
  }

  private wait(ms: number): void {
    this.timer = setTimeout(judge, ms, this);
    this.timer.unref();
  }

  /** @internal called through {@link judge} */
  judge(): void {
    const now = performance.now();
    const { intervalMs, timeoutMs } = this.options;
    // Timers may fire a little early: under a millisecond left is due.
    if (this.pingSentAt >= this.lastHeardAt) {
      const left = timeoutMs - (now - this.pingSentAt);
      if (left >= 1) this.wait(Math.min(left, intervalMs));
      else this.secondLook = setImmediate(judgeFinally, this);
      return;
    }
    const left = intervalMs - (now - this.lastHeardAt);
    if (left >= 1) {
      this.wait(left);
      return;
    }
    this.owner.heartbeatDue();
    if (timeoutMs > 0) this.pingSentAt = performance.now();
    this.wait(timeoutMs > 0 ? Math.min(timeoutMs, intervalMs) : intervalMs);
  }

  /** @internal called through {@link judgeFinally} */
  judgeFinally(): void {
    if (this.pingSentAt >= this.lastHeardAt) this.owner.heartbeatLost();
    else this.judge();
  }
}

function judge(heartbeat: Heartbeat): void {
  heartbeat.judge();
}

/** Where the event loop was blocked, timers are due before what has arrived meanwhile is read: once around it first. */
function judgeFinally(heartbeat: Heartbeat): void {
  heartbeat.judgeFinally();
}
