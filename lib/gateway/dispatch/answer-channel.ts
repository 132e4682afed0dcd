// Where the values go that a handler answers with: three ways to write them, one for each way to ask. A channel writes and
// reports; when its values come, and when they end, is the outgoing stream's business.

import { encodeEvent } from '../../envelope/json-envelope.js';
import { CloseCode } from '../../frame/close-code.js';
import { isForClients, toErrorBody } from './error-body.js';
import { logUnhandled } from '../log-unhandled.js';
import type { WireSocket } from '../socket/wire-socket.js';

export interface AnswerChannel {
  /** Whether the client has said how many values it wants at most (`request n`). */
  readonly isMetered: boolean;
  /** Whether it wants one more value at this moment. */
  readonly hasCredit: boolean;
  /** Resolves when it wants more, or no more at all. */
  credited(): Promise<void>;
  /** One value of the answer. @throws when it cannot be written, a circular object for one */
  next(value: unknown): void;
  /** The handler has answered all it had to. */
  complete(): void;
  /** The answer ends with an error that no exception filter took. */
  error(error: unknown): void;
}

export interface Reporting {
  /** Whether clients are told of errors that no exception filter took. */
  readonly reportsErrors: boolean;
}

export const REPORTING: Reporting = { reportsErrors: true };
export const SILENT: Reporting = { reportsErrors: false };

/** Without an id, a client has no way to say how much it wants. */
abstract class UnmeteredChannel {
  get isMetered(): boolean {
    return false;
  }

  get hasCredit(): boolean {
    return true;
  }

  credited(): Promise<void> {
    return Promise.resolve();
  }
}

/** Answers to messages without an id: each value by itself, as `@nestjs/platform-ws` sends it. */
export class BareChannel extends UnmeteredChannel implements AnswerChannel {
  constructor(
    private readonly socket: WireSocket,
    private readonly reporting: Reporting,
  ) {
    super();
  }

  next(value: unknown): void {
    this.socket.send(JSON.stringify(value));
  }

  complete(): void {
    // Nothing says that a bare answer is complete.
  }

  error(error: unknown): void {
    if (!isForClients(error)) logUnhandled('An answer could not be sent', error);
    if (!this.reporting.reportsErrors) return;
    this.socket.send(encodeEvent('exception', { status: 'error', message: toErrorBody(error).message }));
  }
}

/** Answers to raw messages: text and bytes as they are. */
export class RawChannel extends UnmeteredChannel implements AnswerChannel {
  constructor(private readonly socket: WireSocket) {
    super();
  }

  next(value: unknown): void {
    if (typeof value !== 'string' && !(value instanceof ArrayBuffer) && !ArrayBuffer.isView(value)) {
      throw new TypeError(
        `a handler of @OnText() or @OnBinary() answers with a string or bytes, not ${typeof value}: use JSON.stringify`,
      );
    }
    this.socket.send(value);
  }

  complete(): void {
    // Nothing says that a raw answer is complete.
  }

  /** Without an envelope there is no way to tell of an error but the close code. */
  error(error: unknown): void {
    logUnhandled('A raw answer could not be sent; the connection is closed with 1011', error);
    this.socket.close(CloseCode.INTERNAL_ERROR);
  }
}
