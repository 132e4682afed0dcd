// What a connection expects of its peer in time: signs of life, the rest of a message, the end of the closing handshake. It
// watches while the connection reads: silence and slowness are our own while it does not.

import { Heartbeat, type HeartbeatOptions, type HeartbeatOwner } from './heartbeat.js';
import { type TimeLimitOptions, type TimeLimitOwner, TimeLimits } from './time-limits.js';

export class PeerWatch {
  private readonly limits: TimeLimitOptions;
  private readonly owner: HeartbeatOwner & TimeLimitOwner;
  private readonly heartbeat: Heartbeat;
  /** Made when first needed: most messages come in one piece. */
  private timeLimits: TimeLimits | undefined;

  constructor(heartbeat: HeartbeatOptions, limits: TimeLimitOptions, owner: HeartbeatOwner & TimeLimitOwner) {
    this.limits = limits;
    this.owner = owner;
    this.heartbeat = new Heartbeat(heartbeat, owner);
    this.timeLimits = undefined;
  }

  /** Expects signs of life from now on. */
  start(): void {
    this.heartbeat.start();
  }

  /** The peer has shown that it is there. */
  heard(): void {
    this.heartbeat.heard();
  }

  /** Reading stops. */
  suspend(): void {
    this.heartbeat.stop();
    this.timeLimits?.suspendMessage();
  }

  /** @param message the number of the one that is unfinished; 0 for none */
  watchMessage(message: number): void {
    if (message !== 0) this.startTimeLimits().watchMessage(message);
    else this.timeLimits?.watchMessage(0);
  }

  /** From the first Close frame on, the time limit for closing is what ends a connection. */
  beginClosing(): void {
    this.heartbeat.stop();
    this.startTimeLimits().startClosing();
  }

  /** The connection has ended. */
  stop(): void {
    this.timeLimits?.stop();
    this.heartbeat.stop();
  }

  private startTimeLimits(): TimeLimits {
    return (this.timeLimits ??= new TimeLimits(this.limits, this.owner));
  }
}
