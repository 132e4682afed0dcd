// One client's messages, brought to the handlers of every gateway on its path: each message is read once, its handlers
// start in the order in which messages came, and what they return becomes an outgoing stream of its own.

import type { WsMessageHandler } from '@nestjs/common';
import {
  decodeText,
  encodeError,
  encodeEvent,
  type EnvelopeReading,
  type ErrorBody,
  type Incoming,
  interpret,
  isEventResponse,
} from '../envelope/json-envelope.js';
import type { RequestId } from '../envelope/request-id.js';
import { type AnswerChannel, BareChannel, RawChannel } from './answer-channel.js';
import { BINARY_MESSAGES, RawMessagePattern, TEXT_MESSAGES } from './decorators/raw-message.js';
import { logUnhandled } from './log-unhandled.js';
import type { MessageParser } from './options.js';
import { OutgoingStream } from './outgoing-stream.js';
import { WireRequest } from './wire-request.js';
import type { MessageReceiver, WireSocket } from './wire-socket.js';

/** A handler as Nest binds it to one client; which kinds of pattern there are is for the application to say. */
export type MessageHandler = WsMessageHandler<unknown>;

export interface DispatcherOptions {
  readonly maxStreams: number;
  readonly isPlatformWsCompatible: boolean;
  /** Looked up for each message: it can be replaced while the application runs. */
  readonly messageParser: () => MessageParser | undefined;
}

const WITH_IDS: EnvelopeReading = { readsIds: true };
const WITHOUT_IDS: EnvelopeReading = { readsIds: false };
const NO_HANDLERS: readonly MessageHandler[] = [];

const UNKNOWN_EVENT: ErrorBody = {
  status: 404,
  code: 'UNKNOWN_EVENT',
  message: 'No handler is subscribed to this event.',
};
const DUPLICATE_ID: ErrorBody = {
  status: 409,
  code: 'DUPLICATE_ID',
  message: 'A request with this id is still running.',
};
const TOO_MANY_STREAMS: ErrorBody = {
  status: 429,
  code: 'TOO_MANY_STREAMS',
  message: 'Too many requests are running on this connection.',
};

const SHUTTING_DOWN: ErrorBody = {
  status: 503,
  code: 'SHUTTING_DOWN',
  message: 'The server is shutting down.',
};

export class Dispatcher implements MessageReceiver {
  private readonly socket: WireSocket;
  private readonly options: DispatcherOptions;
  private readonly reading: EnvelopeReading;
  private readonly handlers: Map<unknown, MessageHandler[]>;
  private readonly requests: Map<RequestId, WireRequest>;
  /** Requests that are running, the cancelled ones with them whose handlers have not come to rest. */
  private requestsAtWork: number;
  private readonly streams: Set<OutgoingStream>;
  private readonly bareChannel: BareChannel;
  private hasEventHandlers: boolean;
  private hasStopped: boolean;
  /** Resolved when nothing is at work any more; there once the client is to be sent away. */
  private rest: Promise<void> | undefined;
  private cameToRest: (() => void) | undefined;

  constructor(socket: WireSocket, options: DispatcherOptions) {
    this.socket = socket;
    this.options = options;
    this.reading = options.isPlatformWsCompatible ? WITHOUT_IDS : WITH_IDS;
    this.handlers = new Map();
    this.requests = new Map();
    this.requestsAtWork = 0;
    this.streams = new Set();
    this.bareChannel = new BareChannel(socket, { reportsErrors: !options.isPlatformWsCompatible });
    this.hasEventHandlers = false;
    this.hasStopped = false;
    this.rest = undefined;
    this.cameToRest = undefined;
  }

  /** Adds the handlers of one gateway. Where a gateway names an event twice, its last handler counts, as with Nest. */
  add(handlers: readonly MessageHandler[]): void {
    const byPattern = new Map(handlers.map((handler) => [handler.message, handler]));
    for (const [pattern, handler] of byPattern) {
      if (!(pattern instanceof RawMessagePattern)) this.hasEventHandlers = true;
      const present = this.handlers.get(pattern);
      if (present === undefined) this.handlers.set(pattern, [handler]);
      else present.push(handler);
    }
  }

  receive(payload: Buffer, isBinary: boolean, isAscii: boolean): void {
    const raw = this.handlersOf(isBinary ? BINARY_MESSAGES : TEXT_MESSAGES);
    if (isBinary && raw.length > 0) {
      this.runRaw(raw, payload);
      return;
    }
    if (!this.hasEventHandlers && raw.length === 0) return;
    const text = payload.toString(isAscii ? 'latin1' : 'utf8');
    if (!this.hasEventHandlers) {
      this.runRaw(raw, text);
      return;
    }
    const incoming = this.read(isBinary ? payload : text, text);
    if (incoming === undefined) return;
    const isForRaw = raw.length > 0 && !(incoming.type === 'event' && this.handlers.has(incoming.event));
    if (isForRaw && incoming.type !== 'cancel') this.runRaw(raw, text);
    else this.dispatch(incoming);
  }

  stop(): void {
    this.hasStopped = true;
    for (const request of this.requests.values()) request.cancel();
    for (const stream of this.streams) stream.stop();
  }

  drain(): Promise<void> {
    this.rest ??= new Promise<void>((resolve) => (this.cameToRest = resolve));
    this.noticeRest();
    return this.rest;
  }

  /** To be called whenever something has ended. */
  private noticeRest(): void {
    if (this.cameToRest !== undefined && this.streams.size === 0 && this.requestsAtWork === 0) this.cameToRest();
  }

  private read(data: string | Buffer, text: string): Incoming | undefined {
    const parse = this.options.messageParser();
    if (parse === undefined) return decodeText(text, this.reading);
    try {
      const message = parse(data);
      return message ? interpret(message, this.reading) : undefined;
    } catch (error) {
      // The application's parser, the application's mistake; the client learns no more than that.
      logUnhandled('The messageParser threw', error);
      return { type: 'invalid', reason: 'The message cannot be read.' };
    }
  }

  private dispatch(incoming: Incoming): void {
    if (incoming.type === 'invalid') {
      this.complain(incoming.reason);
    } else if (incoming.type === 'cancel') {
      this.requests.get(incoming.id)?.cancel();
    } else if (incoming.id === undefined) {
      this.dispatchBare(incoming.event, incoming.data);
    } else {
      this.dispatchRequest(incoming.event, incoming.data, incoming.id);
    }
  }

  private dispatchBare(event: unknown, data: unknown): void {
    const handlers = this.handlersOf(event);
    if (handlers.length === 0) this.complain(UNKNOWN_EVENT.message);
    for (const handler of handlers) this.run(handler, this.bareChannel, data, event, undefined);
  }

  private dispatchRequest(event: unknown, data: unknown, id: RequestId): void {
    const handlers = this.handlersOf(event);
    if (this.requests.has(id)) return this.refuse(id, DUPLICATE_ID);
    if (handlers.length === 0) return this.refuse(id, UNKNOWN_EVENT);
    if (this.rest !== undefined) return this.refuse(id, SHUTTING_DOWN);
    const { maxStreams } = this.options;
    if (maxStreams > 0 && this.requestsAtWork >= maxStreams) return this.refuse(id, TOO_MANY_STREAMS);
    const free = (): unknown => this.requests.delete(id);
    const rest = (): void => {
      this.requestsAtWork--;
      this.noticeRest();
    };
    const request = new WireRequest(id, this.socket, handlers.length, free, rest);
    this.requestsAtWork++;
    this.requests.set(id, request);
    for (const handler of handlers) this.run(handler, request, data, event, request);
  }

  private runRaw(handlers: readonly MessageHandler[], data: string | Buffer): void {
    const channel = new RawChannel(this.socket);
    for (const handler of handlers) this.run(handler, channel, data, handler.message, undefined);
  }

  private run(
    handler: MessageHandler,
    channel: AnswerChannel,
    data: unknown,
    event: unknown,
    request: WireRequest | undefined,
  ): void {
    const onEnd = (ended: OutgoingStream): void => {
      this.streams.delete(ended);
      this.noticeRest();
    };
    const stream = new OutgoingStream(this.socket, channel, onEnd, {
      streamsIterables: !this.options.isPlatformWsCompatible,
    });
    this.streams.add(stream);
    request?.add(stream);
    if (this.hasStopped) stream.stop();
    const isAcked = handler.isAckHandledManually && !this.options.isPlatformWsCompatible;
    // What follows the event is found by its type: the acknowledgement by `@Ack()`, the request by the exception filter.
    const extras: unknown[] = [];
    if (isAcked) {
      const acknowledged = request?.awaitAcknowledgement();
      extras.push((value: unknown) => {
        // Without an id there is nothing to acknowledge but by a value.
        if (value !== undefined || request !== undefined) channel.next(value);
        acknowledged?.();
      });
    }
    if (request !== undefined) extras.push(request);
    const result = call(handler, data, event, extras);
    void stream.follow(isAcked ? onlyEventResponse(result) : result).then(() => request?.settle());
  }

  private handlersOf(pattern: unknown): readonly MessageHandler[] {
    return this.handlers.get(pattern) ?? NO_HANDLERS;
  }

  private refuse(id: RequestId, error: ErrorBody): void {
    this.socket.send(encodeError(id, error));
  }

  /**
   * Tells the client that its message without an id was of no use. A gateway with a listener of its own reads messages
   * that are none of ours, and platform-ws is silent.
   */
  private complain(message: string): void {
    if (this.options.isPlatformWsCompatible || this.socket.listenerCount('message') > 0) return;
    this.socket.send(encodeEvent('exception', { status: 'error', message }));
  }
}

/** A handler of Nest's answers with a promise; what else it may do must not end the connection either. */
async function call(handler: MessageHandler, data: unknown, event: unknown, extras: unknown[]): Promise<unknown> {
  return handler.callback(data, event, ...extras);
}

/** With `@Ack()` the acknowledgement is the answer, and a returned value counts only if it names an event. */
async function onlyEventResponse(result: Promise<unknown>): Promise<unknown> {
  const value = await result;
  return isEventResponse(value) ? value : undefined;
}
