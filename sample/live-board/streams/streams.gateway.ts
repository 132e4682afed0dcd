// Tells a client which of its streams run on the server: what it has cancelled is not among them any more.

import { UseInterceptors } from '@nestjs/common';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { WireSocket } from 'nestwire';
import type { Observable } from 'rxjs';
import { MessageMeterInterceptor } from '../meter/message-meter.interceptor.js';
import { RunningStreams } from './running-streams.js';

@WebSocketGateway({ path: '/live' })
@UseInterceptors(MessageMeterInterceptor)
export class StreamsGateway {
  constructor(private readonly streams: RunningStreams) {}

  @SubscribeMessage('streams.running')
  running(@ConnectedSocket() socket: WireSocket): Observable<readonly string[]> {
    return this.streams.of(socket);
  }
}
