// One client's messages that wait until fewer of its messages are at work: in order, and bounded. Until there are too many
// of them reading goes on, so that pings are answered, requests cancelled, and the client's leaving is seen.

/** From this many bytes on reading stops, and TCP holds the client back. */
const WAITING_UP_TO = 64 * 1024;
/** What a message costs besides its payload. */
const MESSAGE_COST = 64;

/** The client, as far as it is moved here. */
export interface HeldClient {
  holdReading(): void;
  goOnReading(): void;
}

interface WaitingMessage {
  readonly cost: number;
  readonly begin: () => void;
}

export class WaitingMessages {
  private readonly client: HeldClient;
  private messages: WaitingMessage[];
  private bytes: number;
  private isHolding: boolean;
  private isBeginning: boolean;

  constructor(client: HeldClient) {
    this.client = client;
    this.messages = [];
    this.bytes = 0;
    this.isHolding = false;
    this.isBeginning = false;
  }

  get isEmpty(): boolean {
    return this.messages.length === 0;
  }

  /** @param begin has the message handled */
  add(payloadBytes: number, begin: () => void): void {
    const cost = payloadBytes + MESSAGE_COST;
    this.messages.push({ cost, begin });
    this.bytes += cost;
    if (this.isHolding || this.bytes < WAITING_UP_TO) return;
    this.isHolding = true;
    this.client.holdReading();
  }

  /** Begins those that wait longest, as long as there is room for one more. */
  beginWhile(hasRoom: () => boolean): void {
    // A message may be done before `begin` returns, which gets here again.
    if (this.isBeginning) return;
    this.isBeginning = true;
    let begun = 0;
    while (begun < this.messages.length && hasRoom()) {
      const { cost, begin } = this.messages[begun++]!;
      this.bytes -= cost;
      begin();
    }
    this.messages.splice(0, begun);
    this.isBeginning = false;
    if (!this.isHolding || this.bytes >= WAITING_UP_TO / 2) return;
    this.isHolding = false;
    this.client.goOnReading();
  }
}
