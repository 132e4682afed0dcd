// The live board's module in this process, without its page and without a port.

import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WireAdapter } from 'nestwire';
import { LiveBoardModule } from '../../sample/live-board/live-board.module.js';

/** With the package by its name, as the sample has it. */
export async function startLiveBoard(): Promise<INestApplication> {
  const app = await NestFactory.create(LiveBoardModule.over(), { logger: false });
  app.useWebSocketAdapter(new WireAdapter(app));
  return app.init();
}
