// The chat. Everybody who subscribes to its topic sees what is said, on whichever node; who gives a name may speak, until the
// stream of `chat.join` ends.

import { Logger, UseInterceptors } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { SubscribeTopic, type WireSocket } from 'nestwire';
import { finalize, type Observable, tap } from 'rxjs';
import { MessageMeterInterceptor } from '../meter/message-meter.interceptor.js';
import { requestPipe } from '../request.pipe.js';
import { Attendance, type Counts } from './attendance.js';
import { ChatPast } from './chat-past.js';
import { ChatRoom } from './chat-room.js';
import { CHAT, type ChatMessage, PEOPLE, type Seat } from './chat-topics.js';
import { JoinRequest, SayRequest } from './chat.request.js';

@WebSocketGateway({ path: '/live' })
@UseInterceptors(MessageMeterInterceptor)
export class ChatGateway {
  private readonly logger = new Logger(ChatGateway.name);
  private readonly seats = new WeakMap<WireSocket, Seat>();

  constructor(
    private readonly room: ChatRoom,
    private readonly chatPast: ChatPast,
    private readonly headcount: Attendance,
  ) {}

  @SubscribeTopic(CHAT)
  watch(): void {
    // Everybody may.
  }

  /** For those whose subscription begins anew; asked after it, so that nothing lies between. */
  @SubscribeMessage('chat.past')
  past(): readonly ChatMessage[] {
    return this.chatPast.messages;
  }

  @SubscribeMessage('chat.attendance')
  attendance(): Observable<Counts> {
    return this.headcount.counts;
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
      tap((seat) => {
        this.seats.set(socket, seat);
        socket.subscribe(PEOPLE).then(
          () => this.headcount.tellChange(),
          (error: unknown) => this.logger.warn(`${seat.name} is not counted: ${String(error)}`),
        );
      }),
      finalize(() => {
        this.seats.delete(socket);
        socket.unsubscribe(PEOPLE);
      }),
    );
  }

  @SubscribeMessage('chat.say')
  say(@MessageBody(requestPipe) request: SayRequest, @ConnectedSocket() socket: WireSocket): Promise<ChatMessage> {
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
