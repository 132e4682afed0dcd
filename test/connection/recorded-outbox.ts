// An outbox over a scripted transport, which hands it `drain` as a connection does, and what it told its owner.

import { Buffer } from 'node:buffer';
import { Outbox, type OutboxLimits } from '../../lib/connection/outbox.js';
import { ScriptedDuplex } from '../support/scripted-duplex.js';

export interface RecordedOutbox {
  readonly outbox: Outbox;
  readonly socket: ScriptedDuplex;
  readonly log: string[];
}

export function recordedOutbox(limits: Partial<OutboxLimits> = {}, socket = new ScriptedDuplex()): RecordedOutbox {
  const log: string[] = [];
  const outbox = new Outbox(
    socket,
    { maxBufferedBytes: 1024 * 1024, maxPendingPongs: 16, ...limits },
    {
      outboxDrained: () => log.push('drained'),
      outboxOverflowed: () => log.push('overflowed'),
      outboxFlooded: (error) => log.push(`flooded: ${error.violation}`),
    },
  );
  socket.on('drain', () => outbox.drained());
  return { outbox, socket, log };
}

/** A payload whose every byte tells where it belongs. */
export function pattern(size: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + seed * 7 + (i >> 8)) & 0xff;
  return bytes;
}

/** Callbacks that write down how often, in which order and with what each was called. */
export function recordedCallbacks(): { calls: string[]; callback(name: string): (error?: Error | null) => void } {
  const calls: string[] = [];
  return { calls, callback: (name) => (error) => void calls.push(error ? `${name}: ${error.message}` : name) };
}
