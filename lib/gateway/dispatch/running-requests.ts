// The requests of one client that run: each under its id, to be found again when the client says more about it. A request to
// subscribe to a topic is one until it is granted; then the id is the subscription's.

import { WsException } from '@nestjs/websockets';
import { encodeError, type ErrorBody, type Incoming, type TopicPosition } from '../../envelope/json-envelope.js';
import type { RequestId } from '../../envelope/request-id.js';
import type { WireSocket } from '../socket/wire-socket.js';
import { type Pace, TOPICS } from '../topic/client-topics.js';
import { SubscribeRequest } from '../topic/subscribe-request.js';
import { toErrorBody } from './error-body.js';
import { DUPLICATE_ID, SHUTTING_DOWN, TOO_MANY_STREAMS } from './refusals.js';
import { WireRequest } from './wire-request.js';

/** What a client says about a request that it made before. */
type Remark = Extract<Incoming, { readonly type: 'cancel' | 'request' | 'next' | 'complete' | 'error' | 'malformed' }>;

export class RunningRequests {
  private readonly socket: WireSocket;
  private readonly onRest: () => void;
  private readonly byId: Map<RequestId, WireRequest>;
  /** Requests that run, the cancelled ones with them whose handlers have not come to rest. */
  private running: number;
  /** Requests to subscribe to a topic. */
  private subscribing: number;
  private takesMore: boolean;
  /** Whose value the next binary message is. */
  private announced: { readonly request: WireRequest | undefined } | undefined;

  /** @param onRest called whenever one has come to rest */
  constructor(socket: WireSocket, onRest: () => void) {
    this.socket = socket;
    this.onRest = onRest;
    this.byId = new Map();
    this.running = 0;
    this.subscribing = 0;
    this.takesMore = true;
    this.announced = undefined;
  }

  get areAtRest(): boolean {
    return this.running + this.subscribing === 0;
  }

  /** From now on requests are refused: the server is shutting down. */
  refuseAll(): void {
    this.takesMore = false;
  }

  /**
   * @param unknown what is wrong where nobody handles it
   * @param credit how many values the client wants at most; undefined for all
   * @returns undefined where it was refused
   */
  begin(id: RequestId, handlers: number, unknown: ErrorBody, credit: number | undefined): WireRequest | undefined {
    const { maxStreams } = this.socket.options.limits;
    if (!this.mayBegin(id, handlers > 0 ? undefined : unknown)) return undefined;
    if (maxStreams > 0 && this.running >= maxStreams) return this.refuse(id, TOO_MANY_STREAMS);
    this.running++;
    const rest = (): void => {
      this.running--;
      this.onRest();
    };
    return this.keep(new WireRequest(id, this.socket, handlers, () => this.byId.delete(id), rest, credit));
  }

  /**
   * @param unknown what is wrong where nobody decides about the topic
   * @returns undefined where it was refused
   */
  beginSubscribing(
    id: RequestId,
    asked: { readonly topic: string; readonly recover: TopicPosition | undefined; readonly pace: Pace | undefined },
    unknown: ErrorBody | undefined,
  ): WireRequest | undefined {
    if (!this.mayBegin(id, unknown)) return undefined;
    let freePlace: () => void;
    try {
      freePlace = this.socket[TOPICS].takePlace();
    } catch (error) {
      return this.refuse(id, toErrorBody(error));
    }
    this.subscribing++;
    const rest = (): void => {
      this.subscribing--;
      this.onRest();
    };
    return this.keep(new SubscribeRequest(id, this.socket, asked, freePlace, () => this.byId.delete(id), rest));
  }

  /** The client says more about one of them; about one that has ended it may have been on its way. */
  hear(remark: Remark): void {
    const { id, type } = remark;
    const request = this.byId.get(id);
    if (type === 'malformed') this.hearMalformed(id, request, remark.reason);
    else if (type === 'next' && remark.isBinary) this.announced = { request };
    else if (type === 'next') request?.receive(remark.data);
    else if (type === 'request') request?.addCredit(remark.values);
    else if (type === 'complete') request?.incoming.end();
    else if (type === 'error') request?.receiveError(remark.error);
    else if (request !== undefined) request.cancel();
    else this.socket.knownTopics?.cancel(id);
  }

  /** @returns whether the bytes were a value that had been announced */
  receiveBinary(bytes: Buffer): boolean {
    if (this.announced === undefined) return false;
    const { request } = this.announced;
    this.announced = undefined;
    request?.receive(bytes);
    return true;
  }

  cancelAll(): void {
    for (const request of this.byId.values()) request.cancel();
  }

  private mayBegin(id: RequestId, unknown: ErrorBody | undefined): boolean {
    const isTaken = this.byId.has(id) || this.socket.knownTopics?.has(id) === true;
    const refusal = isTaken ? DUPLICATE_ID : (unknown ?? (this.takesMore ? undefined : SHUTTING_DOWN));
    if (refusal !== undefined) this.refuse(id, refusal);
    return refusal === undefined;
  }

  private keep(request: WireRequest): WireRequest {
    this.byId.set(request.id, request);
    return request;
  }

  /** What is said about a request that runs is said about all of it: it ends with the error. */
  private hearMalformed(id: RequestId, request: WireRequest | undefined, message: string): void {
    if (request !== undefined) return request.error(new WsException(message));
    this.socket.knownTopics?.cancel(id);
    this.refuse(id, { status: 400, code: 'BAD_REQUEST', message });
  }

  private refuse(id: RequestId, error: ErrorBody): undefined {
    this.socket.send(encodeError(id, error));
  }
}
