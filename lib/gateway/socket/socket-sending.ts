// What one client is sent, with the choices that `ws` gives: text or bytes, whole or in fragments, compressed or not. What can be
// sent no more is counted, and whoever waits for it is told.

import { Buffer } from 'node:buffer';
import type { Connection } from '../../connection/connection.js';
import type { SendCallback } from '../../connection/outbox.js';
import type { PreparedMessage } from '../../connection/prepared-message.js';
import { Opcode } from '../../frame/opcode.js';
import { toBytes, toPayload, type WireData } from './send-data.js';

export interface SendOptions {
  /** Sends text as a binary message or bytes as a text message. @default by the type of the data */
  readonly binary?: boolean;
  /** `false` sends the message as it is, also where compression was agreed on. @default true */
  readonly compress?: boolean;
  /** `false` for a fragment of a message that the next `send` goes on with. @default true */
  readonly fin?: boolean;
}

const OPEN = 1;
const CLOSING = 2;

export class SocketSending {
  /** Bytes that were given to be sent when nothing could be sent any more. */
  lostBytes: number;
  private readonly connection: Connection;
  /** 0 for no limit. */
  private readonly maxBufferedBytes: number;
  /** Whether a message was begun with `fin: false` and waits for its next fragment. */
  private isFragmenting: boolean;
  /** What others are sent too, and came while it waits. */
  private held: PreparedMessage[] | undefined;
  /** In bytes; as much may wait here as behind them in the outbox. */
  heldBytes: number;

  constructor(connection: Connection, maxBufferedBytes: number) {
    this.lostBytes = 0;
    this.connection = connection;
    this.maxBufferedBytes = maxBufferedBytes;
    this.isFragmenting = false;
    this.held = undefined;
    this.heldBytes = 0;
  }

  /** @returns whether it was queued @throws TypeError for data that is neither text nor bytes */
  send(data: WireData, options: SendOptions | undefined, done: SendCallback | undefined): boolean {
    const payload = typeof data === 'string' ? data : toPayload(data);
    const isBinary = options?.binary ?? typeof payload !== 'string';
    const opcode = isBinary ? Opcode.BINARY : Opcode.TEXT;
    const { readyState } = this.connection;
    let wasQueued: boolean;
    if (this.isFragmenting || options?.fin === false) {
      const isLast = options?.fin !== false;
      const fragmentOpcode = this.isFragmenting ? Opcode.CONTINUATION : opcode;
      wasQueued = this.connection.sendFragment(fragmentOpcode, toBytes(payload), isLast, done);
      this.isFragmenting = !isLast;
      if (isLast) this.release();
    } else if (options?.compress === false) {
      wasQueued = this.connection.sendUncompressed(opcode, toBytes(payload), done);
    } else if (typeof payload === 'string' && !isBinary) {
      wasQueued = this.connection.sendText(payload, done);
    } else {
      wasQueued = this.connection.sendMessage(opcode, toBytes(payload), done);
    }
    if (!wasQueued) this.refuse(payload, readyState, done);
    return wasQueued;
  }

  /** Sends a text that other clients are sent too. */
  sendPrepared(message: PreparedMessage): void {
    if (!this.isFragmenting) this.connection.sendPrepared(message);
    else if (this.connection.isOpen) this.hold(message);
  }

  /**
   * No other message may come between the fragments of one (§5.4). It does not make the client one that is behind: the
   * application would wait for it before it sent the fragment that all wait for.
   */
  private hold(message: PreparedMessage): void {
    const held = (this.held ??= []);
    this.heldBytes += message.payload.length;
    held.push(message);
    // As with what waits for the client, one message alone may be larger.
    if (this.maxBufferedBytes > 0 && this.heldBytes > this.maxBufferedBytes && held.length > 1) {
      this.giveUp();
      this.connection.overflow();
    }
  }

  private release(): void {
    if (!this.connection.isOpen) return this.giveUp();
    const { held } = this;
    this.held = undefined;
    this.heldBytes = 0;
    held?.forEach((message) => this.connection.sendPrepared(message));
  }

  private giveUp(): void {
    this.lostBytes += this.heldBytes;
    this.held = undefined;
    this.heldBytes = 0;
  }

  ping(payload: Uint8Array, done: SendCallback | undefined): void {
    if (!this.connection.ping(payload, done)) this.refuse(payload, this.connection.readyState, done);
  }

  pong(payload: Uint8Array, done: SendCallback | undefined): void {
    if (!this.connection.pong(payload, done)) this.refuse(payload, this.connection.readyState, done);
  }

  /** @param readyState what it was before the sending, which may have cut the connection */
  private refuse(payload: string | Uint8Array, readyState: 1 | 2 | 3, done: SendCallback | undefined): void {
    this.lostBytes += Buffer.byteLength(payload);
    if (done !== undefined)
      process.nextTick(done, new Error(readyState === OPEN ? TOO_FAR_BEHIND : notOpen(readyState)));
  }
}

const TOO_FAR_BEHIND = 'The message was not sent: the client reads too slowly (limits.maxBufferedBytes)';

function notOpen(readyState: number): string {
  return `WebSocket is not open: readyState ${readyState} (${readyState === CLOSING ? 'CLOSING' : 'CLOSED'})`;
}
