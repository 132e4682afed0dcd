// Remembers how each upgrade was answered, for as long as the connection lives. A handshake comes once and before anybody
// can ask for it, so this listens from the start.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Duplex } from 'node:stream';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { HandshakeDiagnostics } from 'nestwire';

const CHANNEL = 'nestwire:handshake';

@Injectable()
export class HandshakeAnswers implements OnModuleInit, OnModuleDestroy {
  private readonly answers = new WeakMap<Duplex, string>();

  onModuleInit(): void {
    subscribe(CHANNEL, this.remember);
  }

  onModuleDestroy(): void {
    unsubscribe(CHANNEL, this.remember);
  }

  of(connection: Duplex): string {
    const answer = this.answers.get(connection);
    if (answer === undefined) throw new Error('This connection was opened before anybody listened.');
    return answer;
  }

  private readonly remember = (message: unknown): void => {
    const { socket, answer } = message as HandshakeDiagnostics;
    this.answers.set(socket, answer);
  };
}
