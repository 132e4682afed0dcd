// Servers of other people, which echo, and by their path close, ping or answer in fragments.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe } from '@jest/globals';
import { type WebSocket, WebSocketServer } from 'ws';
import { describeWithPython } from './installed.js';
import type { CloseAnswer } from './peer.js';
import { PythonProgram } from './peers/program.js';

export interface ForeignServer {
  readonly name: string;
  /** Whether its interface can send fragments. */
  readonly fragments: boolean;
  readonly answersClose: CloseAnswer;
  readonly describe: (name: string, tests: () => void) => void;
  start(compression: 'off' | 'on'): Promise<RunningServer>;
}

export interface RunningServer {
  readonly port: number;
  stop(): Promise<void>;
}

export const FOREIGN_SERVERS: readonly ForeignServer[] = [
  { name: 'ws', fragments: true, answersClose: 'the same', describe, start: startWs },
  {
    name: 'Python websockets',
    fragments: true,
    answersClose: 'the same',
    describe: describeWithPython('websockets'),
    start: (compression) => startPython('websockets_server.py', compression),
  },
  {
    name: 'Python aiohttp',
    fragments: false,
    answersClose: '1000',
    describe: describeWithPython('aiohttp'),
    start: (compression) => startPython('aiohttp_server.py', compression),
  },
];

async function startPython(script: string, compression: string): Promise<RunningServer> {
  const program = PythonProgram.start(script, compression);
  return { port: Number(await program.nextLine()), stop: () => program.stop() };
}

async function startWs(compression: 'off' | 'on'): Promise<RunningServer> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    perMessageDeflate: compression === 'on' && { threshold: 0 },
    handleProtocols: (offered) => offered.has('echo.v1') && 'echo.v1',
  });
  server.on('connection', (socket, request) => serve(socket, new URL(request.url!, 'ws://host')));
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

function serve(socket: WebSocket, { pathname, searchParams }: URL): void {
  if (pathname === '/close') socket.close(Number(searchParams.get('code')), searchParams.get('reason') ?? '');
  if (pathname === '/ping') {
    socket.on('pong', () => socket.send('answered'));
    socket.ping('are you there');
  }
  socket.on('message', (data: Buffer, isBinary) => {
    if (pathname !== '/fragments') {
      socket.send(data, { binary: isBinary });
      return;
    }
    socket.send(data.subarray(0, 10), { binary: isBinary, fin: false });
    socket.send(data.subarray(10, 20), { binary: isBinary, fin: false });
    socket.send(data.subarray(20), { binary: isBinary, fin: true });
  });
}
