// What a foreign client is asked to do in one connection, and what it tells of it. Both are JSON, for some peers are programs
// of their own.

import { Buffer } from 'node:buffer';

/** A message by its pattern: `unit` so many times, then `rest`. Of a binary one, each character is a byte. */
export interface MessagePattern {
  readonly kind: 'text' | 'binary';
  readonly unit: string;
  readonly times: number;
  readonly rest: string;
  /** In how many frames it is to be sent. */
  readonly fragments: number;
  /** How often it is sent, each time after the echo of the last. */
  readonly repeats: number;
}

export interface Order {
  readonly url: string;
  readonly subprotocols: readonly string[];
  /** Sent first; its echo is awaited unless the server's close is. */
  readonly message?: MessagePattern;
  /** The payload of a ping whose pong is awaited. */
  readonly ping?: string;
  /** How the connection is ended; absent, the server's close is awaited. */
  readonly close?: { readonly code?: number; readonly reason?: string };
}

export interface Echo {
  readonly kind: 'text' | 'binary';
  /** In bytes. */
  readonly size: number;
  /** Whether it equals what was sent. */
  readonly same: boolean;
}

export interface Report {
  /** The subprotocol agreed on, or an empty string. */
  readonly subprotocol: string;
  /** What came back, once for each time. */
  readonly echoes: readonly Echo[];
  readonly pong?: string;
  readonly close: { readonly code: number; readonly reason: string };
}

function textOf({ unit, times, rest }: MessagePattern): string {
  return unit.repeat(times) + rest;
}

/** The message as it is sent. */
export function messageOf(pattern: MessagePattern): string | Buffer {
  return pattern.kind === 'text' ? textOf(pattern) : Buffer.from(textOf(pattern), 'latin1');
}

export function echoOf(pattern: MessagePattern, received: string | Uint8Array): Echo {
  const expected = Buffer.from(messageOf(pattern));
  const bytes = Buffer.from(received as Uint8Array);
  const kind = typeof received === 'string' ? 'text' : 'binary';
  return { kind, size: bytes.length, same: kind === pattern.kind && bytes.equals(expected) };
}

/** Cut into so many pieces of about the same length. */
export function piecesOf<T extends string | Buffer>(message: T, count: number): T[] {
  const size = Math.ceil(message.length / count);
  return Array.from({ length: count }, (_, i) => message.slice(i * size, (i + 1) * size) as T);
}
