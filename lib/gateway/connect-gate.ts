// Keeps a client's messages from the handlers while `handleConnection` of its gateways is at work: they wait, in order and
// bounded, and are handled once every hook has done its part; when one fails or takes too long, none of them is. What a
// gateway listens to by itself (`client.on('message')`) does not pass here.

import { Buffer } from 'node:buffer';
import { Logger } from '@nestjs/common';
import { type CloseStatus, INTERNAL_ERROR_STATUS } from './close-status.js';

/** From this many bytes on reading stops, and TCP holds the client back. */
const HELD_UP_TO = 64 * 1024;
/** What a message costs besides its payload, so that a flood of empty ones is bounded too. */
const MESSAGE_COST = 64;

/** The client, as far as its gate moves it. */
export interface GatedClient {
  /** Stops reading until `goOnReading`, whatever else has stopped it. */
  holdReading(): void;
  goOnReading(): void;
  /** Closes the connection, and hands none of its messages to a handler. */
  turnAway(status: CloseStatus): void;
  /** The gate stands open: handles what it held, and what comes from now on at once. */
  passGate(held: readonly HeldMessage[]): void;
}

const logger = new Logger('WireAdapter');

export interface HeldMessage {
  readonly payload: Buffer;
  readonly isBinary: boolean;
  readonly isAscii: boolean;
}

export class ConnectGate {
  /** Resolves when the hooks have come to rest, or are waited for no longer. */
  readonly settled: Promise<void>;
  private readonly client: GatedClient;
  private readonly settle: () => void;
  private held: HeldMessage[];
  private heldBytes: number;
  private runningHooks: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(client: GatedClient) {
    this.client = client;
    let settle!: () => void;
    this.settled = new Promise<void>((resolve) => (settle = resolve));
    this.settle = settle;
    this.held = [];
    this.heldBytes = 0;
    this.runningHooks = 0;
    this.timer = undefined;
  }

  /**
   * Stays shut until `end` has been called as often as this.
   * @param gateway the name of the class whose hook begins, for the log
   * @param timeoutMs 0 for no limit
   */
  begin(gateway: string, timeoutMs: number): void {
    this.runningHooks++;
    if (timeoutMs > 0) this.timer ??= setTimeout(() => this.giveUp(gateway, timeoutMs), timeoutMs);
  }

  /** A hook has come to rest. */
  end(): void {
    if (--this.runningHooks === 0) this.open();
  }

  hold(payload: Buffer, isBinary: boolean, isAscii: boolean): void {
    // The view is good for this turn only.
    this.held.push({ payload: Buffer.from(payload), isBinary, isAscii });
    this.heldBytes += payload.length + MESSAGE_COST;
    if (this.heldBytes >= HELD_UP_TO) this.client.holdReading();
  }

  /** The client is turned away: what it sent is nobody's. */
  shut(): void {
    this.held = [];
    this.open();
  }

  private open(): void {
    clearTimeout(this.timer);
    const { held, heldBytes } = this;
    this.held = [];
    this.heldBytes = 0;
    this.client.passGate(held);
    if (heldBytes >= HELD_UP_TO) this.client.goOnReading();
    this.settle();
  }

  private giveUp(gateway: string, timeoutMs: number): void {
    logger.error(
      `${gateway}.handleConnection has not ended within ${timeoutMs} ms (limits.connectTimeoutMs); ` +
        'the client is closed with 1011',
    );
    this.client.turnAway(INTERNAL_ERROR_STATUS);
  }
}
