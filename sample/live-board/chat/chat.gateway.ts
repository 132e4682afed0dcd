// The chat. Everybody who watches sees what is said; who gives a name may speak, until the stream of `chat.join` ends.

import { UseInterceptors } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import type { WireSocket } from 'nestwire';
import { finalize, type Observable, tap } from 'rxjs';
import { MessageMeterInterceptor } from '../meter/message-meter.interceptor.js';
import { requestPipe } from '../request.pipe.js';
import { type ChatEvent, type ChatMessage, ChatRoom, type Seat } from './chat-room.js';
import { JoinRequest, SayRequest } from './chat.request.js';

@WebSocketGateway({ path: '/live' })
@UseInterceptors(MessageMeterInterceptor)
export class ChatGateway {
  private readonly seats = new WeakMap<WireSocket, Seat>();

  constructor(private readonly room: ChatRoom) {}

  @SubscribeMessage('chat.watch')
  watch(): Observable<ChatEvent> {
    return this.room.watch();
  }

  @SubscribeMessage('chat.join')
  join(@MessageBody(requestPipe) request: JoinRequest, @ConnectedSocket() socket: WireSocket): Observable<Seat> {
    const present = this.seats.get(socket);
    if (present !== undefined) {
      throw new WsException({
        status: 409,
        code: 'JOINED',
        message: `You are in the chat already, as ${present.name}.`,
      });
    }
    return this.room.join(request.name).pipe(
      tap((seat) => this.seats.set(socket, seat)),
      finalize(() => this.seats.delete(socket)),
    );
  }

  @SubscribeMessage('chat.say')
  say(@MessageBody(requestPipe) request: SayRequest, @ConnectedSocket() socket: WireSocket): ChatMessage {
    const seat = this.seats.get(socket);
    if (seat === undefined) {
      throw new WsException({
        status: 403,
        code: 'NOT_JOINED',
        message: 'Join the chat with a name before you speak.',
      });
    }
    return this.room.say(seat, request.text);
  }
}
