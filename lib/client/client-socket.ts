// The client's end of a connection, once it is open. Messages that come before anybody listens are not lost: reading begins
// with the first listener of `message` or `close`, or with `start`.

import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { Connection, type ConnectionCompression, type ConnectionOptions } from '../connection/connection.js';
import type { ConnectionHandler } from '../connection/connection-handler.js';
import { Opcode } from '../frame/opcode.js';

/** What the handshake has agreed on. */
export interface ClientAgreement {
  readonly subprotocol: string;
  readonly extensions: string;
  readonly compression: ConnectionCompression | undefined;
}

/**
 * Events: `message` (data: string or Buffer), `ping` and `pong` (data: Buffer), `drain`, `error` (Error) and, once and last,
 * `close` (code: number, reason: string).
 */
export class ClientSocket extends EventEmitter implements ConnectionHandler {
  /** The subprotocol agreed on, or an empty string. */
  readonly protocol: string;
  /** The extensions agreed on, as the server named them, or an empty string. */
  readonly extensions: string;
  private readonly connection: Connection;
  private hasStarted: boolean;
  private readonly head: Buffer;

  /** @internal made by `connect` */
  constructor(duplex: Duplex, head: Buffer, options: ConnectionOptions, agreement: ClientAgreement) {
    super();
    this.protocol = agreement.subprotocol;
    this.extensions = agreement.extensions;
    this.head = head;
    this.hasStarted = false;
    this.connection = new Connection(duplex, options, this, { role: 'client', compression: agreement.compression });
    this.on('newListener', (event) => {
      // After the listener was added.
      if (event === 'message' || event === 'close') process.nextTick(() => this.start());
    });
  }

  /** 1 open, 2 closing, 3 closed. */
  get readyState(): 1 | 2 | 3 {
    return this.connection.readyState;
  }

  /** Bytes sent that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this.connection.bufferedBytes;
  }

  /** Begins to read, where no listener of `message` has begun it. */
  start(): void {
    if (this.hasStarted) return;
    this.hasStarted = true;
    this.connection.start(this.head);
  }

  /** Sends a string as text, bytes as binary. @returns whether it was queued: only while the connection is open */
  send(data: string | Uint8Array): boolean {
    if (typeof data === 'string') return this.connection.sendText(data);
    return this.connection.sendMessage(Opcode.BINARY, data);
  }

  ping(data: Uint8Array = NOTHING): boolean {
    return this.connection.ping(data);
  }

  /** Stops reading: no message comes until `resume`, and the transport holds the server back. */
  pause(): void {
    this.connection.pause();
  }

  resume(): void {
    this.connection.resume();
  }

  /** Begins the closing handshake. @throws TypeError, RangeError for a code or reason that must not be sent */
  close(code?: number, reason?: string): void {
    this.start();
    this.connection.close(code, reason);
  }

  /** Cuts the connection. */
  terminate(): void {
    this.connection.terminate();
  }

  /** @internal */
  onMessage(payload: Buffer, isBinary: boolean, isAscii: boolean): void {
    this.tell('message', isBinary ? payload : payload.toString(isAscii ? 'latin1' : 'utf8'));
  }

  /** @internal */
  onPing(payload: Buffer): void {
    this.tell('ping', payload);
  }

  /** @internal */
  onPong(payload: Buffer): void {
    this.tell('pong', payload);
  }

  /** @internal */
  onDrain(): void {
    this.tell('drain');
  }

  /** @internal */
  onClosing(): void {
    // `close` follows.
  }

  /** @internal */
  onError(error: Error): void {
    if (this.listenerCount('error') > 0) this.tell('error', error);
  }

  /** @internal */
  onClose(code: number, reason: Buffer): void {
    this.tell('close', code, reason.toString());
  }

  /** What a listener throws is nobody's but the process's: it must not stop the connection halfway through its bytes. */
  private tell(event: string, ...values: unknown[]): void {
    try {
      this.emit(event, ...values);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }
}

const NOTHING = Buffer.alloc(0);
