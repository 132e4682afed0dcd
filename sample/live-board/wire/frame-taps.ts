// Hands the frames of a connection to the one who taps it. The channel is listened to only while somebody does: without
// listeners the adapter computes nothing for it.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Duplex } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FrameDiagnostics } from 'nestwire';

const CHANNEL = 'nestwire:frame';

export type FrameListener = (frame: FrameDiagnostics) => void;

@Injectable()
export class FrameTaps {
  private readonly listeners = new Map<Duplex, FrameListener>();

  has(connection: Duplex): boolean {
    return this.listeners.has(connection);
  }

  open(connection: Duplex, listener: FrameListener): void {
    if (this.listeners.size === 0) subscribe(CHANNEL, this.pass);
    this.listeners.set(connection, listener);
  }

  close(connection: Duplex): void {
    this.listeners.delete(connection);
    if (this.listeners.size === 0) unsubscribe(CHANNEL, this.pass);
  }

  private readonly pass = (message: unknown): void => {
    const frame = message as FrameDiagnostics;
    this.listeners.get(frame.socket)?.(frame);
  };
}
