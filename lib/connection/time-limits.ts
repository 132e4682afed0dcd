// The two time limits of a connection: from the first Close frame to its end, and from a message's first byte to its last.

import { Deadline } from './deadline.js';

export interface TimeLimitOptions {
  /** How long a message may take from its first byte to its last, in milliseconds; 0 for no limit. */
  readonly reassemblyTimeoutMs: number;
  /** How long the closing handshake and the end of the transport may take, in milliseconds; 0 for no limit. */
  readonly closeTimeoutMs: number;
}

export interface TimeLimitOwner {
  closingTookTooLong(): void;
  messageTookTooLong(): void;
}

/** As a deadline, that of closing. */
export class TimeLimits extends Deadline {
  private readonly options: TimeLimitOptions;
  private readonly owner: TimeLimitOwner;
  private isClosing: boolean;
  private messageTimer: NodeJS.Timeout | undefined;
  private timedMessage: number;
  private messageDueAt: number;
  /** What is left of a message's time while its clock stands still. */
  private messageLeftMs: number;

  constructor(options: TimeLimitOptions, owner: TimeLimitOwner) {
    super();
    this.options = options;
    this.owner = owner;
    this.isClosing = false;
    this.messageTimer = undefined;
    this.timedMessage = 0;
    this.messageDueAt = 0;
    this.messageLeftMs = 0;
  }

  /** Closing has begun; to say so again changes nothing. */
  startClosing(): void {
    const { closeTimeoutMs } = this.options;
    if (this.isClosing || closeTimeoutMs === 0) return;
    this.isClosing = true;
    this.set(closeTimeoutMs);
  }

  /** @internal */
  override timeIsUp(): void {
    this.owner.closingTookTooLong();
  }

  /**
   * Times the message that is unfinished now, and goes on where its clock stood still.
   * @param message its number, 0 for none
   */
  watchMessage(message: number): void {
    const { reassemblyTimeoutMs } = this.options;
    if (reassemblyTimeoutMs === 0) return;
    if (message !== this.timedMessage) {
      this.suspendMessage();
      this.timedMessage = message;
      this.messageLeftMs = reassemblyTimeoutMs;
    }
    if (message === 0 || this.messageTimer !== undefined) return;
    this.messageDueAt = performance.now() + this.messageLeftMs;
    this.messageTimer = setTimeout(endMessage, this.messageLeftMs, this.owner);
  }

  /** Stops a message's clock: what it waits for is not the peer. */
  suspendMessage(): void {
    if (this.messageTimer === undefined) return;
    clearTimeout(this.messageTimer);
    this.messageTimer = undefined;
    this.messageLeftMs = Math.max(1, this.messageDueAt - performance.now());
  }

  stop(): void {
    this.clear();
    clearTimeout(this.messageTimer);
    this.messageTimer = undefined;
  }
}

function endMessage(owner: TimeLimitOwner): void {
  owner.messageTookTooLong();
}
