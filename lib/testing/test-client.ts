// A client for specs: sends events, requests and raw messages, and keeps what arrives until somebody asks for it. Every wait
// ends by what happens, or after a limit with an error that says what was expected and what had come instead.

import { Buffer } from 'node:buffer';
import type { ClientSocket } from '../client/client-socket.js';
import { AnswerStream, checkCredit } from './answer-stream.js';
import { Arrivals } from './arrivals.js';
import type { IdListener, ServerMessage } from './server-message.js';
import { type SubscribeOptions, TopicStream } from './topic-stream.js';
import { type Transmit, ValueSender, type ValueSource } from './value-sender.js';

/** How a connection ended. */
export interface Ending {
  /** Of the Close frame; 1005 where it had none, 1006 where none came. */
  readonly code: number;
  readonly reason: string;
}

export interface RequestOptions {
  /**
   * What the client sends under the id of its request, for a handler with `@ClientStream()`: JSON values, and bytes as
   * binary messages. An iterable is pulled as the server grants it, and returned when nobody takes more; what it throws is
   * sent as the `error` of the client's stream.
   * @default nothing
   */
  readonly values?: ValueSource;
}

export interface StreamOptions extends RequestOptions {
  /** How many values may come until `request(n)` of the stream asks for more. @default all */
  readonly request?: number;
}

type Happening =
  | { readonly kind: 'message'; readonly data: string | Buffer; readonly json: unknown }
  | { readonly kind: 'pong'; readonly data: string }
  | { readonly kind: 'close'; readonly ending: Ending };

/** Made by `connectTo`. */
export class TestClient {
  private readonly socket: ClientSocket;
  private readonly timeoutMs: number;
  private readonly happenings: Arrivals<Happening>;
  /** Every request and subscription of this client by its id, those that have ended too: answers may still be under way. */
  private readonly streams: Map<unknown, IdListener>;
  private probes: number;
  private error: Error | undefined;

  /** @internal */
  constructor(socket: ClientSocket, timeoutMs: number) {
    this.socket = socket;
    this.timeoutMs = timeoutMs;
    this.happenings = new Arrivals(show, timeoutMs);
    this.streams = new Map();
    this.probes = 0;
    this.error = undefined;
    socket.on('message', (data: string | Buffer) => this.receive(data));
    socket.on('pong', (data: Buffer) => this.happenings.add({ kind: 'pong', data: data.toString() }));
    socket.on('error', (error: Error) => (this.error = error));
    socket.on('close', (code: number, reason: string) => this.ended({ code, reason }));
  }

  /** The subprotocol agreed on, or an empty string. */
  get protocol(): string {
    return this.socket.protocol;
  }

  /** The extensions agreed on, or an empty string. */
  get extensions(): string {
    return this.socket.extensions;
  }

  /** 1 open, 2 closing, 3 closed. */
  get readyState(): 1 | 2 | 3 {
    return this.socket.readyState;
  }

  /** Messages that have arrived and were not taken; answers to requests are not among them. */
  get waiting(): (string | Buffer)[] {
    return this.happenings.waiting.flatMap((happening) => (happening.kind === 'message' ? [happening.data] : []));
  }

  /** Sends `{"event","data"}`: an event without an id, whose answers come as messages. */
  send(event: string, data?: unknown): void {
    this.sendText(JSON.stringify({ event, data }));
  }

  /** Sends a text message as it is. @throws Error once the connection is closing */
  sendText(text: string): void {
    this.transmit(text);
  }

  /** Sends a binary message. @throws Error once the connection is closing */
  sendBinary(bytes: Uint8Array): void {
    this.transmit(bytes);
  }

  /** The `data` of the next message that names `event`; others before it keep waiting. */
  async next(event: string): Promise<unknown> {
    const isEvent = (happening: Happening): boolean => eventOf(happening) === event;
    const message = await this.happenings.take(`an event "${event}"`, isEvent);
    return (message as { json: { data?: unknown } }).json.data;
  }

  /** The next message, whatever it is: text as a string, bytes as a Buffer. */
  async nextMessage(): Promise<string | Buffer> {
    const message = await this.happenings.take('a message', ({ kind }) => kind === 'message');
    return (message as { data: string | Buffer }).data;
  }

  /**
   * Asks, and waits for the answer.
   * @returns what the handler returned, `{ event, data }` where it named an event; undefined where it returned nothing
   * @throws RequestFailedError with the server's error; Error where there is more than one value, or no answer in time
   */
  async request(event: string, data?: unknown, options?: RequestOptions): Promise<unknown> {
    const answers = this.stream(event, data, options);
    const { done, value } = await answers.next();
    if (done) return undefined;
    const second = await answers.next();
    if (second.done) return value;
    await answers.return();
    throw new Error(`"${event}" was answered with more than one value: use stream("${event}")`);
  }

  /**
   * Asks for a stream; leaving the loop cancels it. The request is sent at once.
   * @throws RangeError where `request` is no integer from 1; TypeError where `values` cannot be iterated
   */
  stream(event: string, data?: unknown, { request, values }: StreamOptions = {}): AnswerStream {
    if (request !== undefined) checkCredit(request);
    const id = this.nextId();
    const transmit: Transmit = (message) => this.socket.send(message);
    const stream = new AnswerStream({
      event,
      timeoutMs: this.timeoutMs,
      request,
      sender: values === undefined ? undefined : new ValueSender(id, values, transmit),
      tell: (message) => void transmit(JSON.stringify({ id, ...message })),
    });
    this.sendText(JSON.stringify({ id, event, data, request }));
    this.streams.set(id, stream);
    return stream;
  }

  /**
   * Subscribes to a topic (`@SubscribeTopic()`); leaving the loop over its messages cancels that.
   * @returns the topic's messages, once the server has said from where on they come
   * @throws RequestFailedError where it refuses; Error when nothing comes in time
   */
  async subscribe(topic: string, { recover }: SubscribeOptions = {}): Promise<TopicStream> {
    const id = this.nextId();
    const stream = new TopicStream({
      topic,
      timeoutMs: this.timeoutMs,
      cancel: () => void this.socket.send(JSON.stringify({ id, type: 'cancel' })),
    });
    this.sendText(JSON.stringify({ id, type: 'subscribe', topic, recover }));
    this.streams.set(id, stream);
    return stream.begin();
  }

  /**
   * Resolves when the server has read everything sent so far, and what its handlers answered without waiting for anything
   * has arrived.
   */
  async roundTrip(): Promise<void> {
    // The first pong may overtake answers that are a few microtasks away; the second comes a turn of the event loop later.
    await this.probe();
    await this.probe();
  }

  /** Stops reading, as a slow client does. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Closes the connection and waits for its end. @throws TypeError, RangeError for a code or reason that must not be sent */
  async close(code = 1000, reason = ''): Promise<Ending> {
    this.socket.close(code, reason);
    return this.expectClose();
  }

  /** Cuts the connection without a closing handshake. */
  terminate(): void {
    this.socket.terminate();
  }

  /** Waits for the end of the connection. @throws Error where code or reason are others than those given */
  async expectClose(code?: number, reason?: string): Promise<Ending> {
    const expected = `a close${code === undefined ? '' : ` with ${showEnding({ code, reason: reason ?? '' })}`}`;
    // There is but one, and others may ask for it too.
    const close = await this.happenings.see(expected, ({ kind }) => kind === 'close');
    const { ending } = close as { ending: Ending };
    const isAsExpected = (code ?? ending.code) === ending.code && (reason ?? ending.reason) === ending.reason;
    if (!isAsExpected) throw new Error(`expected ${expected}, but it was ${showEnding(ending)}`);
    return ending;
  }

  private async probe(): Promise<void> {
    const probe = `probe-${++this.probes}`;
    this.socket.ping(Buffer.from(probe));
    await this.happenings.take('a pong', (happening) => happening.kind === 'pong' && happening.data === probe);
  }

  private nextId(): string {
    return `request-${this.streams.size + 1}`;
  }

  private transmit(message: string | Uint8Array): void {
    if (this.socket.send(message)) return;
    throw new Error(`the connection is ${this.readyState === OPEN ? 'blocked' : 'closed'}: nothing can be sent`);
  }

  private receive(data: string | Buffer): void {
    const json = typeof data === 'string' ? parse(data) : undefined;
    const stream = isObject(json) ? this.streams.get(json['id']) : undefined;
    if (stream?.receive(json as ServerMessage) !== true) this.happenings.add({ kind: 'message', data, json });
  }

  private ended(ending: Ending): void {
    const why = `the connection was closed with ${showEnding(ending)}${this.error ? `: ${this.error.message}` : ''}`;
    this.happenings.add({ kind: 'close', ending });
    this.happenings.close(why);
    for (const stream of this.streams.values()) stream.close(why);
  }
}

const OPEN = 1;

function eventOf(happening: Happening): unknown {
  return happening.kind === 'message' && isObject(happening.json) ? happening.json['event'] : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function show(happening: Happening): string {
  if (happening.kind === 'close') return `close ${showEnding(happening.ending)}`;
  if (typeof happening.data === 'string') return `${happening.kind} ${happening.data}`;
  return `${happening.data.length} bytes ${happening.data.toString('hex', 0, 32)}`;
}

function showEnding({ code, reason }: Ending): string {
  return reason === '' ? `${code}` : `${code} "${reason}"`;
}
