// The browser's way to listen, `addEventListener` and `onmessage`, over an EventEmitter: gateways written for `ws` use it,
// and so does RxJS's `fromEvent`, which prefers it to `on`.

import { EventEmitter } from 'node:events';
import { CloseCode } from '../../frame/close-code.js';

/** The fields of the browser's events that gateways read; which are present depends on the type. */
export interface WebSocketEvent {
  readonly type: string;
  readonly target: unknown;
  /** `message`: a string for text, a Buffer for binary. */
  readonly data?: unknown;
  /** `close` */
  readonly code?: number;
  readonly reason?: string;
  readonly wasClean?: boolean;
  /** `error` */
  readonly error?: unknown;
  readonly message?: string;
}

export type WebSocketListener = ((event: WebSocketEvent) => void) | { handleEvent(event: WebSocketEvent): void };

type Handler = (...args: unknown[]) => unknown;

/** The fields of each type of event, made of what the emitter passes. */
const FIELDS = new Map<string, (...args: never[]) => Partial<WebSocketEvent>>([
  ['message', (data: Buffer, isBinary: boolean) => ({ data: isBinary ? data : data.toString() })],
  [
    'close',
    (code: number, reason: Buffer) => ({ code, reason: reason.toString(), wasClean: code !== CloseCode.ABNORMAL }),
  ],
  ['error', (error: Error) => ({ error, message: error.message })],
  ['open', () => ({})],
]);

export class EventListeners {
  private readonly target: EventEmitter;
  private readonly handlers: Map<string, Map<WebSocketListener, Handler>>;
  /** What was set, and the wrapper that listens for it: the same function may have been added as well. */
  private readonly properties: Map<
    string,
    { readonly listener: WebSocketListener; readonly wrapper: WebSocketListener }
  >;

  constructor(target: EventEmitter) {
    this.target = target;
    this.handlers = new Map();
    this.properties = new Map();
  }

  /** Types that a WebSocket does not have are ignored, as in browsers. */
  add(type: string, listener: WebSocketListener, once: boolean): void {
    const fields = FIELDS.get(type);
    if (fields === undefined || this.handlers.get(type)?.has(listener)) return;
    const handler: Handler = (...args) => {
      if (once) this.remove(type, listener);
      const event: WebSocketEvent = { type, target: this.target, ...fields(...(args as never[])) };
      return typeof listener === 'function' ? listener.call(this.target, event) : listener.handleEvent(event);
    };
    const ofType = this.handlers.get(type) ?? new Map<WebSocketListener, Handler>();
    this.handlers.set(type, ofType.set(listener, handler));
    this.target.on(type, handler);
  }

  remove(type: string, listener: WebSocketListener): void {
    const handler = this.handlers.get(type)?.get(listener);
    if (handler === undefined) return;
    this.handlers.get(type)!.delete(listener);
    this.target.off(type, handler);
  }

  /** The listener of an `on…` property. */
  get(type: string): WebSocketListener | null {
    return this.properties.get(type)?.listener ?? null;
  }

  set(type: string, listener: WebSocketListener | null): void {
    const previous = this.properties.get(type);
    if (previous !== undefined) this.remove(type, previous.wrapper);
    this.properties.delete(type);
    if (typeof listener !== 'function') return;
    const wrapper = (event: WebSocketEvent): unknown => listener.call(this.target, event);
    this.properties.set(type, { listener, wrapper });
    this.add(type, wrapper, false);
  }
}

/** An EventEmitter that can be listened to in the browser's way too. */
export abstract class WebSocketEventTarget extends EventEmitter {
  // Most are never listened to in this way.
  private listenersByType: EventListeners | undefined;

  constructor() {
    super();
    this.listenersByType = undefined;
  }

  addEventListener(type: string, listener: WebSocketListener, options?: { readonly once?: boolean }): void {
    this.eventListeners.add(type, listener, options?.once ?? false);
  }

  removeEventListener(type: string, listener: WebSocketListener): void {
    this.eventListeners.remove(type, listener);
  }

  get onmessage(): WebSocketListener | null {
    return this.eventListeners.get('message');
  }

  set onmessage(listener: WebSocketListener | null) {
    this.eventListeners.set('message', listener);
  }

  get onclose(): WebSocketListener | null {
    return this.eventListeners.get('close');
  }

  set onclose(listener: WebSocketListener | null) {
    this.eventListeners.set('close', listener);
  }

  get onerror(): WebSocketListener | null {
    return this.eventListeners.get('error');
  }

  set onerror(listener: WebSocketListener | null) {
    this.eventListeners.set('error', listener);
  }

  /** Never called: a client that a gateway sees is open already. */
  get onopen(): WebSocketListener | null {
    return this.eventListeners.get('open');
  }

  set onopen(listener: WebSocketListener | null) {
    this.eventListeners.set('open', listener);
  }

  private get eventListeners(): EventListeners {
    return (this.listenersByType ??= new EventListeners(this));
  }
}
