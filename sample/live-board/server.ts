// What a newcomer sets: the board's module behind the adapter, with its limits, at a port.

import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { WireAdapter } from 'nestwire';
import { servePage } from './page.js';
import { MAX_CHUNK_BYTES } from './upload/upload-limits.js';

/** Resolves when it listens. */
export async function serveBoard(board: DynamicModule | Type, port: number): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(board, { logger: ['error', 'warn'] });
  servePage(app);
  app.useWebSocketAdapter(
    new WireAdapter(app, {
      limits: {
        // Files come in chunks, so no message has to be long. A longer one closes the connection with 1009.
        maxMessageBytes: MAX_CHUNK_BYTES,
        // What may wait for somebody who reads too slowly, before the connection is given up.
        maxBufferedBytes: 1024 * 1024,
        // Each is a stream: four figures, two of the chat, an upload, the fast one and its reports, the wire, the list of them.
        maxStreams: 16,
      },
      // A phone that went out of reach has left the chat after 15 seconds at most.
      heartbeat: { intervalMs: 10_000, timeoutMs: 5_000 },
      // The charts never end by themselves: what does has a second when the server goes.
      drain: { timeoutMs: 1_000 },
      // Off unless asked for. Messages from 1 KiB on leave compressed, and browsers compress all of theirs.
      compression: true,
      // The default, said aloud: other people's web pages may not connect.
      origins: 'same-origin',
    }),
  );
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(port);
}
