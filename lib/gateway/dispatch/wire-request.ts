// One request of a client, a message with an id: every answer carries the id, and the last says that it is the last. Where
// several gateways handle the event, the answers of all belong to the one request.

import { WsException } from '@nestjs/websockets';
import { encodeCancel, encodeComplete, encodeError, encodeGrant, encodeNext } from '../../envelope/json-envelope.js';
import type { RequestId } from '../../envelope/request-id.js';
import type { AnswerChannel } from './answer-channel.js';
import { INTERNAL_ERROR, isForClients, toErrorBody } from './error-body.js';
import { ClientStreamError, IncomingStream, type StreamSource } from './incoming-stream.js';
import { logUnhandled } from '../log-unhandled.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { WireSocket } from '../socket/wire-socket.js';

const CREDIT_EXCEEDED = {
  status: 429,
  code: 'CREDIT_EXCEEDED',
  message: 'More values were sent than the server has asked for.',
};

/** The credit of a client that wants every value: no number of values uses it up. */
const UNMETERED = Infinity;

export class WireRequest implements AnswerChannel, StreamSource {
  readonly id: RequestId;
  protected readonly socket: WireSocket;
  private readonly onEnd: () => void;
  private readonly streams: OutgoingStream[];
  /** Handlers that have not answered all they have to. */
  private openHandlers: number;
  /** Handlers whose promise is pending: a cancelled one is still at work. */
  private workingHandlers: number;
  private hasEnded: boolean;
  /** How many values the client wants still, or `UNMETERED`. */
  private credit: number;
  /** Pending while an answer waits for credit. */
  private crediting: { readonly granted: Promise<void>; grant(): void } | undefined;
  /** What the client sends under the id; made when it does, or a handler asks for it. */
  private clientStream: IncomingStream | undefined;
  /** Values that were dropped because the client was behind. */
  private dropped: number;
  /** Made when somebody asks for it. */
  private cancellation: AbortController | undefined;

  /**
   * @param onEnd called when the id is free again
   * @param credit how many values the client wants at most, until it grants more
   * @param onRest called when, after that, the last of its handlers has come to rest
   */
  constructor(
    id: RequestId,
    socket: WireSocket,
    handlers: number,
    onEnd: () => void,
    private readonly onRest: () => void,
    credit: number = UNMETERED,
  ) {
    this.id = id;
    this.socket = socket;
    this.onEnd = onEnd;
    this.streams = [];
    this.openHandlers = handlers;
    this.workingHandlers = handlers;
    this.hasEnded = false;
    this.credit = credit;
    this.crediting = undefined;
    this.clientStream = undefined;
    this.dropped = 0;
    this.cancellation = undefined;
  }

  /** Whether it wants no more answers: all have come, or the client has cancelled it. */
  get isOver(): boolean {
    return this.hasEnded;
  }

  /** Fires when the client cancels or leaves, or when another handler of the request has failed. */
  get signal(): AbortSignal {
    if (this.cancellation === undefined) {
      this.cancellation = new AbortController();
      if (this.hasEnded) this.cancellation.abort();
    }
    return this.cancellation.signal;
  }

  /** Makes a handler's answers part of this request, to be stopped with it. */
  add(stream: OutgoingStream): void {
    if (this.hasEnded) stream.stop();
    else this.streams.push(stream);
  }

  /** The answers end no sooner than an acknowledgement has come. @returns what is to be called with it */
  awaitAcknowledgement(): () => void {
    this.openHandlers++;
    let isAwaited = true;
    return () => {
      if (isAwaited) this.complete();
      isAwaited = false;
    };
  }

  /** A handler's promise has settled. */
  settle(): void {
    if (--this.workingHandlers === 0 && this.hasEnded) this.rest();
  }

  next(value: unknown): void {
    if (this.hasEnded) return;
    this.socket.send(encodeNext(this.id, value));
    this.credit--;
  }

  get isMetered(): boolean {
    return this.credit !== UNMETERED;
  }

  get hasCredit(): boolean {
    return this.credit > 0;
  }

  async credited(): Promise<void> {
    if (this.hasCredit || this.hasEnded) return;
    if (this.crediting === undefined) {
      let grant!: () => void;
      const granted = new Promise<void>((resolve) => (grant = resolve));
      this.crediting = { granted, grant };
    }
    await this.crediting.granted;
  }

  get incoming(): IncomingStream {
    if (this.clientStream === undefined) {
      this.clientStream = new IncomingStream(this);
      if (this.hasEnded) this.clientStream.abandon();
    }
    return this.clientStream;
  }

  /** One value of the client's stream. */
  receive(value: unknown): void {
    if (!this.incoming.receive(value)) this.error(new WsException(CREDIT_EXCEEDED));
  }

  /** The client has ended its stream with an error. */
  receiveError(sent: unknown): void {
    this.incoming.end(new ClientStreamError(sent ?? null));
  }

  /** The client may send so many values more. */
  grant(values: number): void {
    this.socket.send(encodeGrant(this.id, values));
  }

  /** Nobody takes what the client sends. */
  cancelIncoming(): void {
    if (!this.hasEnded) this.socket.send(encodeCancel(this.id));
  }

  /** The client wants more values; one that has not said how many it wants gets all of them anyway. */
  addCredit(values: number): void {
    this.credit += values;
    if (this.hasCredit) this.wakeStreams();
  }

  /** A value was dropped because the client was behind. */
  drop(): void {
    this.dropped++;
  }

  complete(): void {
    if (--this.openHandlers === 0 && !this.hasEnded) this.finish();
  }

  /** Ends the request with an error; also called by the exception filter. */
  error(error: unknown): void {
    if (this.hasEnded) return;
    if (!isForClients(error)) logUnhandled(`Request ${JSON.stringify(this.id)} failed`, error);
    this.end();
    this.cancellation?.abort();
    this.socket.send(this.encode(error));
  }

  /** The client wants no more of it. */
  cancel(): void {
    if (this.hasEnded) return;
    this.end();
    this.cancellation?.abort();
  }

  /** Every handler has answered. */
  protected finish(): void {
    this.end();
    this.socket.send(encodeComplete(this.id, this.dropped));
  }

  /** An exception may have been made of what JSON cannot say. */
  private encode(error: unknown): string {
    try {
      return encodeError(this.id, toErrorBody(error));
    } catch (encodingError) {
      logUnhandled(`The error of request ${JSON.stringify(this.id)} could not be written`, encodingError);
      return encodeError(this.id, INTERNAL_ERROR);
    }
  }

  protected end(): void {
    this.hasEnded = true;
    for (const stream of this.streams) stream.stop();
    this.wakeStreams();
    this.clientStream?.abandon();
    this.onEnd();
    if (this.workingHandlers === 0) this.rest();
  }

  /** It has ended, and none of its handlers is at work. */
  protected rest(): void {
    this.onRest();
  }

  private wakeStreams(): void {
    this.crediting?.grant();
    this.crediting = undefined;
  }
}
