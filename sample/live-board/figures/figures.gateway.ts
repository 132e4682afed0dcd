// This machine's figures. A handler returns an Observable; the adapter subscribes to it for each client that asks, sends
// what it emits, and unsubscribes when the client cancels or is gone.

import { cpus, totalmem, type as systemName } from 'node:os';
import { UseInterceptors } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets';
import type { WireServer } from 'nestwire';
import { map, type Observable } from 'rxjs';
import { MessageMeter } from '../meter/message-meter.js';
import { MessageMeterInterceptor } from '../meter/message-meter.interceptor.js';
import { RunningStreams } from '../streams/running-streams.js';
import { type CpuFigure, openCpuProbe } from './cpu.js';
import { type EventLoopDelayFigure, openEventLoopDelayProbe } from './event-loop-delay.js';
import { type MemoryFigure, openMemoryProbe } from './memory.js';
import { type MessageRateFigure, openMessageRateProbe } from './message-rate.js';
import { sampled } from './sampled.js';

interface MachineDescription {
  readonly system: string;
  readonly architecture: string;
  readonly node: string;
  readonly cores: number;
  readonly memory: number;
}

@WebSocketGateway({ path: '/live' })
@UseInterceptors(MessageMeterInterceptor)
export class FiguresGateway {
  @WebSocketServer()
  private readonly server!: WireServer;

  private readonly cpuFigures = sampled(openCpuProbe);
  private readonly memoryFigures = sampled(openMemoryProbe);
  private readonly delayFigures = sampled(openEventLoopDelayProbe);
  private readonly rateFigures: Observable<MessageRateFigure>;

  constructor(
    meter: MessageMeter,
    private readonly streams: RunningStreams,
  ) {
    this.rateFigures = sampled(() => openMessageRateProbe(meter));
  }

  @SubscribeMessage('figures.machine')
  machine(): MachineDescription {
    return {
      system: systemName(),
      architecture: process.arch,
      node: process.versions.node,
      cores: cpus().length,
      memory: totalmem(),
    };
  }

  @SubscribeMessage('figures.cpu')
  cpu(): Observable<CpuFigure> {
    return this.cpuFigures;
  }

  @SubscribeMessage('figures.memory')
  memory(): Observable<MemoryFigure> {
    return this.memoryFigures;
  }

  @SubscribeMessage('figures.delay')
  delay(): Observable<EventLoopDelayFigure> {
    return this.delayFigures;
  }

  @SubscribeMessage('figures.messages')
  messages(): Observable<MessageRateFigure & { clients: number; streams: number }> {
    return this.rateFigures.pipe(
      map((figure) => ({ ...figure, clients: this.server.clients.size, streams: this.streams.total })),
    );
  }
}
