// What a connection reports, passed on to the socket that gateways see.

import { Logger } from '@nestjs/common';
import { BufferOverflowError } from '../../connection/buffer-overflow.error.js';
import type { ConnectionHandler } from '../../connection/connection-handler.js';

/** The socket, as far as a connection moves it. */
export interface MovedSocket {
  deliver(payload: Buffer, isBinary: boolean, isAscii: boolean): void;
  delivered(): void;
  emitContained(event: string, ...args: unknown[]): void;
  closing(): void;
  ended(code: number, reason: Buffer): void;
}

const logger = new Logger('WireSocket');

export class SocketEvents implements ConnectionHandler {
  constructor(private readonly socket: MovedSocket) {}

  onMessage(payload: Buffer, isBinary: boolean, isAscii: boolean): void {
    this.socket.deliver(payload, isBinary, isAscii);
  }

  onDelivered(): void {
    this.socket.delivered();
  }

  onPing(payload: Buffer): void {
    this.socket.emitContained('ping', payload);
  }

  onPong(payload: Buffer): void {
    this.socket.emitContained('pong', payload);
  }

  onDrain(): void {
    this.socket.emitContained('drain');
  }

  onClosing(): void {
    this.socket.closing();
  }

  onError(error: Error): void {
    if (error instanceof BufferOverflowError) logger.warn(error.message);
    this.socket.emitContained('error', error);
  }

  onClose(code: number, reason: Buffer): void {
    this.socket.ended(code, reason);
  }
}
