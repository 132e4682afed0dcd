import { Module } from '@nestjs/common';
import { ChatGateway } from './chat/chat.gateway.js';
import { ChatRoom } from './chat/chat-room.js';
import { FiguresGateway } from './figures/figures.gateway.js';
import { LinkGateway } from './link.gateway.js';
import { MessageMeter } from './meter/message-meter.js';
import { UploadGateway } from './upload/upload.gateway.js';

@Module({ providers: [MessageMeter, LinkGateway, FiguresGateway, ChatRoom, ChatGateway, UploadGateway] })
export class LiveBoardModule {}
