// The wire, shown to the client at its other end: the handshake of its own connection, then its frames, in batches.

import { UseInterceptors } from '@nestjs/common';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import type { WireSocket } from 'nestwire';
import { Observable, type Subscriber } from 'rxjs';
import { MessageMeterInterceptor } from '../meter/message-meter.interceptor.js';
import { FrameBatch, isControl, type WireFrames } from './frame-batch.js';
import { FrameTaps } from './frame-taps.js';
import { describeHandshake, type Handshake } from './handshake.js';
import { HandshakeAnswers } from './handshake-answers.js';

const BATCH_INTERVAL_MS = 250;

export type WireEvent = ({ readonly kind: 'handshake' } & Handshake) | ({ readonly kind: 'frames' } & WireFrames);

@WebSocketGateway({ path: '/live' })
@UseInterceptors(MessageMeterInterceptor)
export class WireGateway {
  constructor(
    private readonly answers: HandshakeAnswers,
    private readonly taps: FrameTaps,
  ) {}

  @SubscribeMessage('wire.watch')
  watch(@ConnectedSocket() socket: WireSocket): Observable<WireEvent> {
    return new Observable((subscriber) => this.show(socket, subscriber));
  }

  /** A browser cannot send a ping, but it answers one by itself. */
  @SubscribeMessage('wire.ping')
  ping(@ConnectedSocket() socket: WireSocket): void {
    socket.ping('Are you there?');
  }

  private show(socket: WireSocket, subscriber: Subscriber<WireEvent>): () => void {
    const connection = socket._socket;
    // Two streams of one connection would tell of each other without end.
    if (this.taps.has(connection)) {
      const message = 'This connection shows its frames already.';
      throw new WsException({ status: 409, code: 'WIRE_RUNNING', message });
    }
    let first: WireEvent | undefined = {
      kind: 'handshake',
      ...describeHandshake(socket.request, this.answers.of(connection)),
    };
    const batch = new FrameBatch();
    let ownIsDue = false;
    this.taps.open(connection, (frame) => {
      const isOwn = ownIsDue && frame.direction === 'out' && !isControl(frame.opcode);
      if (!isOwn) return batch.add(frame);
      ownIsDue = false;
      batch.countOwn();
    });
    const send = (): void => {
      // When nothing waits to be sent, the next message that leaves is this one, however long compressing it takes.
      if (socket.bufferedAmount > 0) return;
      const event: WireEvent | undefined =
        first ?? (batch.hasNews ? { kind: 'frames' as const, ...batch.take() } : undefined);
      if (event === undefined) return;
      first = undefined;
      ownIsDue = true;
      subscriber.next(event);
    };
    send();
    const timer = setInterval(send, BATCH_INTERVAL_MS);
    return () => {
      clearInterval(timer);
      this.taps.close(connection);
    };
  }
}
