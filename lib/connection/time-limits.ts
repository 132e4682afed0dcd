// The two time limits of a connection: from the first Close frame to its end, and from a message's first byte to its last.

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

export class TimeLimits {
  private readonly options: TimeLimitOptions;
  private readonly owner: TimeLimitOwner;
  private closeTimer: NodeJS.Timeout | undefined;
  private messageTimer: NodeJS.Timeout | undefined;
  private timedMessage: number;

  constructor(options: TimeLimitOptions, owner: TimeLimitOwner) {
    this.options = options;
    this.owner = owner;
    this.closeTimer = undefined;
    this.messageTimer = undefined;
    this.timedMessage = 0;
  }

  /** Closing has begun; to say so again changes nothing. */
  startClosing(): void {
    const { closeTimeoutMs } = this.options;
    if (this.closeTimer !== undefined || closeTimeoutMs === 0) return;
    this.closeTimer = setTimeout(endClosing, closeTimeoutMs, this.owner);
  }

  /** @param message the number of the message that is unfinished now, 0 for none */
  watchMessage(message: number): void {
    if (message === this.timedMessage) return;
    this.forgetMessage();
    this.timedMessage = message;
    const { reassemblyTimeoutMs } = this.options;
    if (message === 0 || reassemblyTimeoutMs === 0) return;
    this.messageTimer = setTimeout(endMessage, reassemblyTimeoutMs, this.owner);
  }

  forgetMessage(): void {
    clearTimeout(this.messageTimer);
    this.messageTimer = undefined;
    this.timedMessage = 0;
  }

  stop(): void {
    clearTimeout(this.closeTimer);
    this.forgetMessage();
  }
}

function endClosing(owner: TimeLimitOwner): void {
  owner.closingTookTooLong();
}

function endMessage(owner: TimeLimitOwner): void {
  owner.messageTookTooLong();
}
