// A connection over a scripted transport, with a handler that writes down in one line each what it is told.

import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import { Connection, type ConnectionOptions } from '../../lib/connection/connection.js';
import type { ConnectionHandler } from '../../lib/connection/connection-handler.js';
import { ScriptedDuplex } from '../support/scripted-duplex.js';

export interface Overrides {
  readonly autoPong?: boolean;
  readonly limits?: Partial<ConnectionOptions['limits']>;
  readonly heartbeat?: Partial<ConnectionOptions['heartbeat']>;
}

export function connectionOptions({ autoPong = true, limits, heartbeat }: Overrides = {}): ConnectionOptions {
  return {
    autoPong,
    limits: {
      maxMessageBytes: 1024 * 1024,
      maxFragments: 1024,
      reassemblyTimeoutMs: 0,
      closeTimeoutMs: 0,
      maxBufferedBytes: 1024 * 1024,
      maxPendingPongs: 16,
      ...limits,
    },
    heartbeat: { intervalMs: 0, timeoutMs: 0, ...heartbeat },
  };
}

/** A handler that lets everything pass. */
export const NOBODY: ConnectionHandler = {
  onMessage: () => undefined,
  onPing: () => undefined,
  onPong: () => undefined,
  onDrain: () => undefined,
  onClosing: () => undefined,
  onError: () => undefined,
  onClose: () => undefined,
};

export class RecordedConnection<T extends Duplex = ScriptedDuplex> {
  readonly log: string[];
  readonly connection: Connection;
  private readonly reactions: Map<string, () => void>;

  constructor(
    readonly socket: T,
    overrides: Overrides = {},
  ) {
    this.log = [];
    this.reactions = new Map();
    this.connection = new Connection(socket, connectionOptions(overrides), {
      onMessage: (payload, isBinary) => this.note(`${isBinary ? 'binary' : 'text'}: ${payload.toString()}`),
      onPing: (payload) => this.note(`ping: ${payload.toString()}`.trimEnd()),
      onPong: (payload) => this.note(`pong: ${payload.toString()}`.trimEnd()),
      onDrain: () => this.note('drain'),
      onClosing: () => this.note('closing'),
      onError: (error) => this.note(`error: ${error.name}: ${error.message}`),
      onClose: (code, reason) => this.note(`close: ${code} ${reason.toString()}`.trimEnd()),
    });
  }

  /** What the handler does once when it is told something that begins so. */
  on(line: string, reaction: () => void): void {
    this.reactions.set(line, reaction);
  }

  /** Resolves when the handler is told something that begins so. */
  tells(line: string): Promise<void> {
    return new Promise((resolve) => this.on(line, resolve));
  }

  /** Begins to read, with `head` behind the handshake. */
  start(head: Uint8Array = Buffer.alloc(0)): this {
    this.connection.start(Buffer.from(head));
    return this;
  }

  private note(line: string): void {
    this.log.push(line);
    for (const [beginning, reaction] of this.reactions) {
      if (!line.startsWith(beginning)) continue;
      this.reactions.delete(beginning);
      reaction();
    }
  }
}

export function recordedConnection(overrides?: Overrides, socket = new ScriptedDuplex()): RecordedConnection {
  return new RecordedConnection(socket, overrides);
}
