// The control room: a WebSocket path of its own. A handshake guard says who may connect, a message guard who may do what.

import { UseGuards } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { UseHandshakeGuards, type WireGatewayOptions, type WireSocket } from 'nestwire';
import { ChatRoom } from '../chat/chat-room.js';
import { SayRequest } from '../chat/chat.request.js';
import { requestPipe } from '../request.pipe.js';
import type { Account } from './accounts.js';
import { RequireRole, RoleGuard } from './role.guard.js';
import { TokenGuard } from './token.guard.js';

// The token is a subprotocol too, and must not be the one that is agreed on.
@WebSocketGateway<WireGatewayOptions>({ path: '/control', subprotocols: ['board.v1'] })
@UseHandshakeGuards(TokenGuard)
@UseGuards(RoleGuard)
export class ControlGateway {
  constructor(private readonly room: ChatRoom) {}

  @SubscribeMessage('control.me')
  me(@ConnectedSocket() socket: WireSocket<Account>): Account {
    return socket.user;
  }

  @SubscribeMessage('control.announce')
  @RequireRole('operator')
  async announce(
    @MessageBody(requestPipe) { text }: SayRequest,
    @ConnectedSocket() socket: WireSocket<Account>,
  ): Promise<{ watching: number }> {
    return { watching: await this.room.announce(socket.user.name, text) };
  }
}
