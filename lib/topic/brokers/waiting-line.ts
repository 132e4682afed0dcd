// Calls that need a connection: made at once while it is there, in the order they came in as soon as it is there again, and refused
// when their time is over. None is made twice, and none too late.

interface WaitingCall {
  begin(): void;
  refuse(error: Error): void;
}

export class WaitingLine {
  private isOpen: boolean;
  private readonly waiting: Set<WaitingCall>;
  private closedBy: Error | undefined;

  constructor() {
    this.isOpen = false;
    this.waiting = new Set();
    this.closedBy = undefined;
  }

  /** Calls that wait now. */
  get length(): number {
    return this.waiting.size;
  }

  /** The connection is there. */
  open(): void {
    this.isOpen = true;
    for (const call of this.waiting) {
      if (!this.isOpen) return;
      call.begin();
    }
  }

  /** The connection is not there. */
  shut(): void {
    this.isOpen = false;
  }

  /** Nothing is called any more. */
  close(error: Error): void {
    this.shut();
    this.closedBy = error;
    for (const call of this.waiting) call.refuse(error);
  }

  /**
   * @param deadline by `performance.now()`
   * @throws what `late` makes, when the call could not be made until then
   */
  async run<T>(action: () => Promise<T>, deadline: number, late: () => Error): Promise<T> {
    if (this.closedBy !== undefined) throw this.closedBy;
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) throw late();
    if (this.isOpen && this.waiting.size === 0) return action();
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        this.waiting.delete(call);
      };
      const call: WaitingCall = {
        begin: () => {
          leave();
          action().then(resolve, reject);
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      // Not later than the deadline, so that whoever waits until then hears the reason.
      const timer = setTimeout(() => call.refuse(late()), Math.floor(leftMs));
      this.waiting.add(call);
    });
  }
}
