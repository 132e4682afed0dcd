// The board over a broker: what is published reaches the pages of all nodes that share it.

import { type DynamicModule, Module } from '@nestjs/common';
import { type Broker, MemoryBroker, TopicsModule } from 'nestwire';
import { Attendance } from './chat/attendance.js';
import { ChatGateway } from './chat/chat.gateway.js';
import { ChatPast } from './chat/chat-past.js';
import { ChatRoom } from './chat/chat-room.js';
import { Accounts } from './control/accounts.js';
import { ControlGateway } from './control/control.gateway.js';
import { HandshakeReportGateway } from './control/handshake-report.gateway.js';
import { FiguresGateway } from './figures/figures.gateway.js';
import { LinkGateway } from './link.gateway.js';
import { MessageMeter } from './meter/message-meter.js';
import { Feed } from './overflow/feed.js';
import { OverflowGateway } from './overflow/overflow.gateway.js';
import { RunningStreams } from './streams/running-streams.js';
import { StreamsGateway } from './streams/streams.gateway.js';
import { UploadGateway } from './upload/upload.gateway.js';
import { FrameTaps } from './wire/frame-taps.js';
import { HandshakeAnswers } from './wire/handshake-answers.js';
import { WireGateway } from './wire/wire.gateway.js';

@Module({
  providers: [
    MessageMeter,
    RunningStreams,
    LinkGateway,
    StreamsGateway,
    FiguresGateway,
    ChatRoom,
    ChatPast,
    Attendance,
    ChatGateway,
    UploadGateway,
    Feed,
    OverflowGateway,
    Accounts,
    ControlGateway,
    HandshakeReportGateway,
    HandshakeAnswers,
    FrameTaps,
    WireGateway,
  ],
})
export class LiveBoardModule {
  static over(broker: Broker = new MemoryBroker()): DynamicModule {
    return { module: LiveBoardModule, imports: [TopicsModule.forRoot({ broker })] };
  }
}
