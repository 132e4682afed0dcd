import { Module } from '@nestjs/common';
import { ChatGateway } from './chat/chat.gateway.js';
import { ChatRoom } from './chat/chat-room.js';
import { FiguresGateway } from './figures/figures.gateway.js';
import { LinkGateway } from './link.gateway.js';
import { MessageMeter } from './meter/message-meter.js';
import { UploadGateway } from './upload/upload.gateway.js';
import { FrameTaps } from './wire/frame-taps.js';
import { HandshakeAnswers } from './wire/handshake-answers.js';
import { WireGateway } from './wire/wire.gateway.js';

@Module({
  providers: [
    MessageMeter,
    LinkGateway,
    FiguresGateway,
    ChatRoom,
    ChatGateway,
    UploadGateway,
    HandshakeAnswers,
    FrameTaps,
    WireGateway,
  ],
})
export class LiveBoardModule {}
