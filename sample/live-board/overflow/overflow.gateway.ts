// One fast stream, and what becomes of its values when the client takes them more slowly than they come: each handler says so
// with `@Backpressure()`. The page is slow on purpose: it asks for one value at a time (`request n`).

import { UseInterceptors } from '@nestjs/common';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Backpressure, type WireSocket } from 'nestwire';
import type { Observable } from 'rxjs';
import { MessageMeterInterceptor } from '../meter/message-meter.interceptor.js';
import { Feed, INTERVAL_MS, RUN_LENGTH, type Tick, type TickReport } from './feed.js';

const BUFFER_SIZE = 8;

@WebSocketGateway({ path: '/live' })
@UseInterceptors(MessageMeterInterceptor)
export class OverflowGateway {
  constructor(private readonly feed: Feed) {}

  @SubscribeMessage('overflow.settings')
  settings(): { perSecond: number; runLength: number; bufferSize: number } {
    return { perSecond: 1000 / INTERVAL_MS, runLength: RUN_LENGTH, bufferSize: BUFFER_SIZE };
  }

  @SubscribeMessage('overflow.drop-oldest')
  @Backpressure({ strategy: 'drop-oldest', bufferSize: BUFFER_SIZE })
  dropOldest(@ConnectedSocket() socket: WireSocket): Observable<Tick> {
    return this.feed.ticksFor(socket);
  }

  @SubscribeMessage('overflow.drop-newest')
  @Backpressure({ strategy: 'drop-newest', bufferSize: BUFFER_SIZE })
  dropNewest(@ConnectedSocket() socket: WireSocket): Observable<Tick> {
    return this.feed.ticksFor(socket);
  }

  @SubscribeMessage('overflow.latest')
  @Backpressure({ strategy: 'latest' })
  latest(@ConnectedSocket() socket: WireSocket): Observable<Tick> {
    return this.feed.ticksFor(socket);
  }

  @SubscribeMessage('overflow.error')
  @Backpressure({ strategy: 'error', bufferSize: BUFFER_SIZE })
  error(@ConnectedSocket() socket: WireSocket): Observable<Tick> {
    return this.feed.ticksFor(socket);
  }

  /** What the server knows of each value: a stream of its own, which nobody holds back. */
  @SubscribeMessage('overflow.reports')
  reports(@ConnectedSocket() socket: WireSocket): Observable<TickReport> {
    return this.feed.reportsFor(socket);
  }
}
