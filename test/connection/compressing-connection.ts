// A connection over a scripted transport where permessage-deflate was agreed on, with real zlib, a peer that reads what it
// sends, and a log of what its handler is told.

import { Buffer } from 'node:buffer';
import { expect } from '@jest/globals';
import { Connection, type ConnectionOptions } from '../../lib/connection/connection.js';
import { zlibJobs } from '../../lib/connection/zlib/zlib-jobs.js';
import { createCompression } from '../../lib/connection/zlib/create-compression.js';
import { DeflatePeer, InflatePeer } from '../extension/deflate-peer.js';
import { within } from '../support/bounded-wait.js';
import { frame } from '../support/bytes.js';
import { ScriptedDuplex, settled } from '../support/scripted-duplex.js';
import { readServerFrames } from '../support/server-frames.js';
import { connectionOptions } from './recorded-connection.js';

export const SMALL = 'small enough to be done at once';
export const LARGE = 'large enough for another thread '.repeat(1500);

interface Settings {
  readonly takeover?: boolean;
  readonly thresholdBytes?: number;
  readonly maxJobs?: number;
  readonly limits?: Partial<ConnectionOptions['limits']>;
}

export class CompressingConnection {
  readonly socket = new ScriptedDuplex();
  readonly log: string[] = [];
  readonly connection: Connection;
  /** What the peer sends. */
  readonly peer: DeflatePeer;
  private readonly reader: InflatePeer;
  private readonly reactions = new Map<string, () => void>();

  constructor({ takeover = false, thresholdBytes = 0, maxJobs = 4, limits = {} }: Settings = {}) {
    const agreement = {
      serverNoContextTakeover: !takeover,
      clientNoContextTakeover: !takeover,
      serverMaxWindowBits: 15,
      clientMaxWindowBits: 15,
    };
    this.peer = new DeflatePeer({ noContextTakeover: !takeover });
    this.reader = new InflatePeer({ noContextTakeover: !takeover });
    const handler = {
      onMessage: (payload: Buffer, isBinary: boolean) => this.note(`${isBinary ? 'binary' : 'text'}: ${name(payload)}`),
      onPing: (payload: Buffer) => this.note(`ping: ${payload.toString()}`),
      onPong: (payload: Buffer) => this.note(`pong: ${payload.toString()}`),
      onDrain: () => this.note('drain'),
      onClosing: () => this.note('closing'),
      onError: (error: Error) => this.note(`error: ${error.message}`),
      onClose: (code: number) => this.note(`close: ${code}`),
    };
    zlibJobs.limitTo(maxJobs);
    this.connection = new Connection(this.socket, connectionOptions({ limits }), handler, {
      compression: createCompression('server', agreement, { thresholdBytes, level: -1, memoryLevel: 8 }),
    });
    this.connection.start(Buffer.alloc(0));
  }

  /** What the handler does once when it is told this. */
  on(line: string, reaction: () => void): void {
    this.reactions.set(line, reaction);
  }

  /** A compressed message from the peer. */
  compressed(payload: string | Uint8Array, firstByte = 0xc1): Buffer {
    return frame('client', firstByte, this.peer.compress(payload));
  }

  /** Until this has happened, however many turns the other threads take for it. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const given = { up: false };
    const wait = async (): Promise<void> => {
      while (!given.up && !condition()) await settled();
    };
    await within(wait(), what).finally(() => (given.up = true));
    await settled();
  }

  /** Until the log has so many lines; what is there is compared. */
  async told(...lines: string[]): Promise<void> {
    await this.until(() => this.log.length >= lines.length, `${lines.length} lines`).catch(() => undefined);
    expect(this.log).toEqual(lines);
  }

  /** What the peer has read since the last call, one line each: the first byte, and the payload as it was. */
  read(): string[] {
    return readServerFrames(this.socket.takeWritten()).map(({ firstByte, payload }) => {
      const text = (firstByte & 0x40) === 0 ? payload : this.reader.decompress(payload);
      return `${firstByte.toString(16)} ${(firstByte & 0x0f) === 8 ? text.toString('hex') : name(text)}`;
    });
  }

  private note(line: string): void {
    this.log.push(line);
    const reaction = this.reactions.get(line);
    this.reactions.delete(line);
    reaction?.();
  }
}

function name(payload: Buffer): string {
  const text = payload.toString();
  return text === LARGE ? 'LARGE' : text === SMALL ? 'SMALL' : text;
}
