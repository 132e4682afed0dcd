// What our side shows of the wire through `node:diagnostics_channel`, kept connection by connection. Connections of the
// server role are found by the URL that asked for them.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Duplex } from 'node:stream';
import type { CloseDiagnostics, FrameDiagnostics, HandshakeDiagnostics } from '../../lib/index.js';
import { within } from './bounded-wait.js';

/** One connection, from its handshake to its close. */
export interface WireRecord {
  handshake?: HandshakeDiagnostics;
  readonly frames: FrameDiagnostics[];
  close?: CloseDiagnostics;
}

export class WireLog {
  /** In the order in which they were first heard of. */
  readonly records: Map<Duplex, WireRecord>;
  private readonly channels: readonly (readonly [name: string, listener: (message: unknown) => void])[];
  private wake: () => void;

  /** Listens from now on. */
  constructor() {
    this.records = new Map();
    this.wake = () => undefined;
    this.channels = [
      ['nestwire:handshake', (message) => this.note(message as HandshakeDiagnostics, 'handshake')],
      ['nestwire:frame', (message) => this.noteFrame(message as FrameDiagnostics)],
      ['nestwire:close', (message) => this.note(message as CloseDiagnostics, 'close')],
    ];
    for (const [name, listener] of this.channels) subscribe(name, listener);
  }

  stop(): void {
    for (const [name, listener] of this.channels) unsubscribe(name, listener);
  }

  forget(): void {
    this.records.clear();
  }

  /** All frames, of whatever connection. */
  get frames(): FrameDiagnostics[] {
    return [...this.records.values()].flatMap(({ frames }) => frames);
  }

  /** The connection that was asked for by this URL, once something holds of it. */
  async of(url: string, what: string, holds: (record: WireRecord) => boolean): Promise<WireRecord> {
    return this.until(`${what} on ${url}`, () =>
      [...this.records.values()].find((record) => record.handshake?.request.url === url && holds(record)),
    );
  }

  /** Whatever `find` finds, as soon as it does. */
  async until<T>(what: string, find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const progress = new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      await within(progress, what);
    }
  }

  private note<K extends 'handshake' | 'close'>(message: NonNullable<WireRecord[K]>, kind: K): void {
    this.record(message.socket)[kind] = message;
    this.wake();
  }

  private noteFrame(frame: FrameDiagnostics): void {
    this.record(frame.socket).frames.push(frame);
    this.wake();
  }

  private record(socket: Duplex): WireRecord {
    const present = this.records.get(socket);
    if (present !== undefined) return present;
    const record: WireRecord = { frames: [] };
    this.records.set(socket, record);
    return record;
  }
}

/** A frame in one line: direction, bits, opcode, length and how it begins. */
export function drawFrame({ direction, fin, rsv1, opcode, masked, payloadLength, payload }: FrameDiagnostics): string {
  const bits = `${fin ? 'FIN' : '...'} ${rsv1 ? 'RSV1' : '....'} ${masked ? 'MASK' : '....'}`;
  return `${direction} ${bits} ${opcode.toString(16)} ${payloadLength} ${payload.toString('latin1')}`.trimEnd();
}
