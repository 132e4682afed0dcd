// The live board: a page at http://localhost:PORT with this machine's figures as live charts, a chat, an upload and a stream
// that is too fast, all over one WebSocket, a look at that WebSocket's own wire, and a second one behind a guard. What a
// newcomer sets is in server.ts; what the board does is in figures/, chat/, upload/, overflow/, streams/, wire/ and control/.

import 'reflect-metadata';
import { LiveBoardModule } from './live-board.module.js';
import { serveBoard } from './server.js';

const port = Number(process.env['PORT'] ?? 3000);
await serveBoard(LiveBoardModule.over(), port);
console.log(`The live board: http://localhost:${port}`);
console.log(`listening on ${port}`);
