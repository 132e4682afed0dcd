// The live board: a page at http://localhost:PORT with this machine's figures as live charts, a chat, an upload and a stream
// that is too fast, all over one WebSocket, a look at that WebSocket's own wire, and a second one behind a guard. What a
// newcomer sets is here; what the board does is in figures/, chat/, upload/, overflow/, streams/, wire/ and control/.

import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { WireAdapter } from 'nestwire';
import { LiveBoardModule } from './live-board.module.js';
import { servePage } from './page.js';
import { MAX_CHUNK_BYTES } from './upload/upload-limits.js';

const port = Number(process.env['PORT'] ?? 3000);
const app = await NestFactory.create<NestExpressApplication>(LiveBoardModule, { logger: ['error', 'warn'] });
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
console.log(`The live board: http://localhost:${port}`);
console.log(`listening on ${port}`);
