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
  /** Resolves when the hooks have come to rest, or are waited for no longer, and what was held has begun. */
  readonly settled: Promise<void>;
  private readonly client: GatedClient;
  private readonly settle: () => void;
  /** The classes whose hooks are at work, and those whose hooks Nest has yet to call. */
  private readonly running: string[];
  private readonly expected: string[];
  private held: HeldMessage[];
  private heldBytes: number;
  private isShut: boolean;
  private isOver: boolean;
  private timer: NodeJS.Timeout | undefined;

  /** @param timeoutMs from now on; 0 for no limit */
  constructor(client: GatedClient, timeoutMs: number) {
    this.client = client;
    let settle!: () => void;
    this.settled = new Promise<void>((resolve) => (settle = resolve));
    this.settle = settle;
    this.running = [];
    this.expected = [];
    this.held = [];
    this.heldBytes = 0;
    this.isShut = false;
    this.isOver = false;
    this.timer = timeoutMs > 0 ? setTimeout(() => this.giveUp(timeoutMs), timeoutMs) : undefined;
  }

  /** Stays shut until the hook of this class has been called and has come to rest. */
  expect(gateway: string): void {
    this.expected.push(gateway);
  }

  /** The hook of this class is being called. */
  begin(gateway: string): void {
    remove(this.expected, gateway);
    this.running.push(gateway);
  }

  /** It has come to rest, or will not be called. */
  end(gateway: string): void {
    if (!remove(this.running, gateway)) remove(this.expected, gateway);
    if (this.running.length + this.expected.length === 0) this.open();
  }

  /** One of those that were expected will not be called; which one is not known. */
  endExpected(): void {
    const [gateway] = this.expected;
    if (gateway !== undefined) this.end(gateway);
  }

  hold(payload: Buffer, isBinary: boolean, isAscii: boolean): void {
    if (this.isShut) return;
    // The view is good for this turn only.
    this.held.push({ payload: Buffer.from(payload), isBinary, isAscii });
    this.heldBytes += payload.length + MESSAGE_COST;
    if (this.heldBytes >= HELD_UP_TO) this.client.holdReading();
  }

  /** The client is turned away: what it sent is nobody's. */
  shut(): void {
    this.isShut = true;
    this.release(() => undefined);
  }

  private open(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    this.release((held) => this.client.passGate(held));
    // Nest's pipeline calls a handler some microtasks after it was asked to: what follows comes behind that.
    setImmediate(this.settle);
  }

  /** @param take gets what was held before anything more is read */
  private release(take: (held: readonly HeldMessage[]) => void): void {
    const { held, heldBytes } = this;
    this.held = [];
    this.heldBytes = 0;
    take(held);
    if (heldBytes >= HELD_UP_TO) this.client.goOnReading();
  }

  private giveUp(timeoutMs: number): void {
    const late = [...this.running, ...this.expected].map((gateway) => `${gateway}.handleConnection`).join(', ');
    logger.error(
      `${late} has not ended within ${timeoutMs} ms (limits.connectTimeoutMs); the client is closed with 1011`,
    );
    this.client.turnAway(INTERNAL_ERROR_STATUS);
    this.open();
  }
}

/** @returns whether it was there */
function remove(names: string[], name: string): boolean {
  const at = names.indexOf(name);
  if (at >= 0) names.splice(at, 1);
  return at >= 0;
}
