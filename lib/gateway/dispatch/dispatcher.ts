// One client's messages, brought to the handlers of every gateway on its path: each message is read once, its handlers
// start in the order in which messages came, and what they return is sent, or becomes an outgoing stream of its own.

import type { Observable } from 'rxjs';
import {
  decodeText,
  encodeEvent,
  type EnvelopeReading,
  type ErrorBody,
  type Incoming,
  interpret,
} from '../../envelope/json-envelope.js';
import type { RequestId } from '../../envelope/request-id.js';
import { type AnswerChannel, BareChannel, RawChannel, REPORTING, SILENT } from './answer-channel.js';
import { BINARY_MESSAGES, TEXT_MESSAGES } from '../decorators/raw-message.js';
import {
  type GatewayHandlers,
  type HandlerPlace,
  HandlerTable,
  type MessageHandler,
} from '../binding/handler-table.js';
import { type DropDiagnostics, dropChannel } from './drop-diagnostics.js';
import { type CallOwner, HandlerCall } from './handler-call.js';
import { logUnhandled } from '../log-unhandled.js';
import type { MessageParser } from '../options/adapter-options.js';
import { OrderedCalls } from './ordered-calls.js';
import { OutgoingStream, type StreamOwner } from './outgoing-stream.js';
import { checkTopicName } from '../../topic/topic-name.js';
import { UNKNOWN_EVENT, UNKNOWN_TOPIC } from './refusals.js';
import { RunningRequests } from './running-requests.js';
import type { SubscribedTopic } from '../topic/subscribe-request.js';
import { WaitingMessages } from './waiting-messages.js';
import type { WireRequest } from './wire-request.js';
import type { MessageReceiver, WireSocket } from '../socket/wire-socket.js';

/** What holds for every client of an adapter. */
export interface DispatcherOptions {
  readonly isPlatformWsCompatible: boolean;
  /** Looked up for each message: it can be replaced while the application runs. */
  readonly messageParser: () => MessageParser | undefined;
}

const WITH_IDS: EnvelopeReading = { readsIds: true };
const WITHOUT_IDS: EnvelopeReading = { readsIds: false };

export class Dispatcher implements MessageReceiver, CallOwner {
  readonly isPlatformWsCompatible: boolean;
  hasStopped: boolean;
  callsAtNest: number;
  droppedValues: number;
  readonly socket: WireSocket;

  private readonly options: DispatcherOptions;
  private readonly reading: EnvelopeReading;
  private table: HandlerTable;
  private readonly bound: (readonly MessageHandler[])[];
  /** Made with the first of them. */
  private running: RunningRequests | undefined;
  /** Handlers that have not answered, or not begun. */
  private callsAtWork: number;
  /** Made with the first of them. */
  private streams: Set<OutgoingStream> | undefined;
  /** Calls that begin when all has been read that came at once, as with Nest. */
  private due: HandlerCall[] | undefined;
  private isStarting: boolean;
  /** Made with the first of them. */
  private ordered: OrderedCalls | undefined;
  /** Of the calls at work those for messages without an id, which the client cannot cancel. */
  private bareCallsAtWork: number;
  private bareStreams: number;
  /** Made when there are too many at work. */
  private waiting: WaitingMessages | undefined;
  private readonly bareChannel: BareChannel;
  /** Resolved when nothing is at work any more; there once the client is to be sent away. */
  private rest: Promise<void> | undefined;
  private cameToRest: (() => void) | undefined;

  constructor(socket: WireSocket, options: DispatcherOptions) {
    this.isPlatformWsCompatible = options.isPlatformWsCompatible;
    this.hasStopped = false;
    this.callsAtNest = 0;
    this.droppedValues = 0;
    this.socket = socket;
    this.options = options;
    this.reading = options.isPlatformWsCompatible ? WITHOUT_IDS : WITH_IDS;
    this.table = HandlerTable.EMPTY;
    this.bound = [];
    this.running = undefined;
    this.callsAtWork = 0;
    this.streams = undefined;
    this.due = undefined;
    this.isStarting = false;
    this.ordered = undefined;
    this.bareCallsAtWork = 0;
    this.bareStreams = 0;
    this.waiting = undefined;
    this.bareChannel = new BareChannel(socket, options.isPlatformWsCompatible ? SILENT : REPORTING);
    this.rest = undefined;
    this.cameToRest = undefined;
  }

  /** Adds the handlers of one gateway, as Nest has bound them to this client. */
  add(handlers: readonly MessageHandler[], gateway: GatewayHandlers): void {
    this.table = gateway.extend(this.table, handlers);
    this.bound.push(handlers);
  }

  receive(payload: Buffer, isBinary: boolean, isAscii: boolean): void {
    if (isBinary && this.running?.receiveBinary(payload) === true) return;
    const { table } = this;
    const raw = table.placesOf(isBinary ? BINARY_MESSAGES : TEXT_MESSAGES);
    if (isBinary && raw.length > 0) {
      this.beginRaw(raw, payload);
      return;
    }
    if (!table.hasEventHandlers && raw.length === 0) return;
    const text = payload.toString(isAscii ? 'latin1' : 'utf8');
    if (!table.hasEventHandlers) {
      this.beginRaw(raw, text);
      return;
    }
    const incoming = this.read(isBinary ? payload : text, text);
    if (incoming === undefined) return;
    const isForRaw = raw.length > 0 && !(incoming.type === 'event' && table.has(incoming.event));
    const { type } = incoming;
    if (isForRaw && (type === 'event' || type === 'invalid')) this.beginRaw(raw, text);
    else if (type === 'event' && incoming.id === undefined && this.mustWait())
      this.wait(text.length, () => this.dispatch(incoming));
    else this.dispatch(incoming);
  }

  proceed(): void {
    // A handler that resumes reading gets here again: what came by it is started behind what came before.
    if (this.isStarting) return;
    this.isStarting = true;
    for (let { due } = this; due !== undefined; { due } = this) {
      this.due = undefined;
      for (const call of due) {
        if (call.isOrdered) (this.ordered ??= new OrderedCalls()).add(call);
        else call.start();
      }
    }
    this.isStarting = false;
  }

  stop(): void {
    this.hasStopped = true;
    this.running?.cancelAll();
    this.streams?.forEach((stream) => stream.stop());
  }

  follow(source: Observable<unknown> | AsyncIterable<unknown>, call: HandlerCall): void {
    const { channel, request } = call;
    const streams = (this.streams ??= new Set());
    const owner: StreamOwner = {
      streamEnded: (ended) => {
        streams.delete(ended);
        if (request === undefined) this.bareStreams--;
        this.callOver(call);
        this.workEnded();
      },
      valueDropped: () => {
        request?.drop();
        this.valueDropped(call.event, request?.id);
      },
    };
    const stream = new OutgoingStream(this.socket, channel, owner, {
      streamsIterables: !this.isPlatformWsCompatible,
      backpressure: call.backpressure,
    });
    streams.add(stream);
    request?.add(stream);
    if (request === undefined) this.bareStreams++;
    if (this.hasStopped) stream.stop();
    stream.start(source);
  }

  callEnded({ request }: HandlerCall): void {
    this.callsAtWork--;
    if (request === undefined) this.bareCallsAtWork--;
    this.workEnded();
  }

  callOver(call: HandlerCall): void {
    this.ordered?.ended(call);
  }

  drain(): Promise<void> {
    this.rest ??= new Promise<void>((resolve) => (this.cameToRest = resolve));
    this.requests.refuseAll();
    this.noticeRest();
    return this.rest;
  }

  private valueDropped(event: unknown, id: RequestId | undefined): void {
    this.droppedValues++;
    if (!dropChannel.hasSubscribers) return;
    const drop: DropDiagnostics = { socket: this.socket._socket, event, id, dropped: this.droppedValues };
    dropChannel.publish(drop);
  }

  private workEnded(): void {
    if (this.waiting !== undefined && !this.waiting.isEmpty) {
      this.waiting.beginWhile(() => this.hasRoomForWork());
      this.proceed();
    }
    this.noticeRest();
  }

  /** To be called whenever something has ended. */
  private noticeRest(): void {
    if (this.cameToRest === undefined || this.callsAtWork > 0 || !this.requests.areAtRest) return;
    if (this.waiting !== undefined && !this.waiting.isEmpty) return;
    if (this.streams === undefined || this.streams.size === 0) this.cameToRest();
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
    if (incoming.type === 'invalid') this.complain(incoming.reason);
    else if (incoming.type === 'subscribe') this.dispatchSubscribe(incoming);
    else if (incoming.type !== 'event') this.requests.hear(incoming);
    else if (incoming.id === undefined) this.dispatchBare(incoming.event, incoming.data);
    else this.dispatchRequest(incoming.event, incoming.data, incoming.id, incoming.request);
  }

  private get requests(): RunningRequests {
    return (this.running ??= new RunningRequests(this.socket, () => this.noticeRest()));
  }

  private dispatchBare(event: unknown, data: unknown): void {
    const places = this.table.placesOf(event);
    if (places.length === 0) this.complain(UNKNOWN_EVENT.message);
    for (const place of places) this.run(place, this.bareChannel, data, event, undefined);
  }

  private dispatchRequest(event: unknown, data: unknown, id: RequestId, credit: number | undefined): void {
    // Leaving cancels requests, also those that have not begun.
    if (this.hasStopped) return;
    const places = this.table.placesOf(event);
    const request = this.requests.begin(id, places.length, UNKNOWN_EVENT, credit);
    if (request === undefined) return;
    for (const place of places) this.run(place, request, data, event, request);
  }

  private dispatchSubscribe({ id, topic, recover }: Extract<Incoming, { readonly type: 'subscribe' }>): void {
    if (this.hasStopped) return;
    const wrong = wrongIn(topic);
    const match = wrong === undefined ? this.table.matchTopic(topic) : undefined;
    // Several gateways may share a pattern with the class that they extend: one says who may subscribe.
    const place = match?.handlers[0];
    const policy = place?.method.traits?.backpressure;
    const pace = policy && { policy, messageDropped: () => this.valueDropped(topic, id) };
    const unknown = wrong ?? (match === undefined ? UNKNOWN_TOPIC : undefined);
    const request = this.requests.beginSubscribing(id, { topic, recover, pace }, unknown);
    if (request === undefined || match === undefined) return;
    const subscribed: SubscribedTopic = { topic, params: match.params };
    this.run(place!, request, subscribed, match.pattern, request);
  }

  private beginRaw(places: readonly HandlerPlace[], data: string | Buffer): void {
    if (this.mustWait()) this.wait(data.length, () => this.runRaw(places, data));
    else this.runRaw(places, data);
  }

  private runRaw(places: readonly HandlerPlace[], data: string | Buffer): void {
    const channel = new RawChannel(this.socket);
    for (const place of places) this.run(place, channel, data, place.method.pattern, undefined);
  }

  private run(
    { gateway, index, method }: HandlerPlace,
    channel: AnswerChannel,
    data: unknown,
    event: unknown,
    request: WireRequest | undefined,
  ): void {
    this.callsAtWork++;
    const call = new HandlerCall(this, method, this.bound[gateway]![index]!, channel, data, event, request);
    if (this.due === undefined) this.due = [call];
    else this.due.push(call);
    if (request === undefined) this.bareCallsAtWork++;
  }

  /**
   * Whether a message without an id has to wait until fewer are at work. Messages with an id need not: the client is told
   * when they are too many, and must be heard when it cancels.
   */
  private mustWait(): boolean {
    // What was begun in this turn may be done as soon as it is called.
    if (!this.hasRoomForWork()) this.proceed();
    return !this.hasRoomForWork() || (this.waiting !== undefined && !this.waiting.isEmpty);
  }

  private wait(payloadBytes: number, begin: () => void): void {
    (this.waiting ??= new WaitingMessages(this.socket)).add(payloadBytes, begin);
  }

  private hasRoomForWork(): boolean {
    const { maxMessagesInWork } = this.socket.options.limits;
    // With an interceptor before it, a handler runs as a stream.
    return maxMessagesInWork === 0 || this.bareCallsAtWork + this.bareStreams < maxMessagesInWork;
  }

  /**
   * Tells the client that its message without an id was of no use. A gateway with a listener of its own reads messages
   * that are none of ours, and platform-ws is silent.
   */
  private complain(message: string): void {
    if (this.isPlatformWsCompatible || this.socket.listenerCount('message') > 0) return;
    this.socket.send(encodeEvent('exception', { status: 'error', message }));
  }
}

/** What is wrong with a topic's name, before it is compared with anything. */
function wrongIn(topic: string): ErrorBody | undefined {
  try {
    checkTopicName(topic);
    return undefined;
  } catch (error) {
    return { status: 400, code: 'BAD_REQUEST', message: (error as Error).message };
  }
}
