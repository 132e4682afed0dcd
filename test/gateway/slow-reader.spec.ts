// A stream of 1 GB to a client that reads slowly: it costs the server no more memory at its end than at its beginning, and a
// neighbour is answered all the while. A real socket, which reads one piece for each of the neighbour's round trips.

import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from '@jest/globals';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { WireSocket } from '../../lib/index.js';
import { frame } from '../support/bytes.js';
import { upgradeRequest } from '../support/raw-client.js';
import { useWireApp } from '../support/wire-app.js';

const TEXT = 'x'.repeat(64 * 1024);
const TEXTS = 16 * 1024;
const TOTAL_BYTES = TEXT.length * TEXTS;
/** What may come and go without being a growth: the heap of a test runner is never still. A sixteenth of what goes by. */
const NOISE_BYTES = TOTAL_BYTES / 16;
const HIGHEST_BUFFERED_BYTES = 4 * TEXT.length;

let slow: WireSocket | undefined;

@WebSocketGateway()
class GigabyteGateway {
  handleConnection(client: WireSocket): void {
    slow ??= client;
  }

  @SubscribeMessage('gigabyte')
  async *gigabyte(): AsyncIterable<string> {
    for (let i = 0; i < TEXTS; i++) yield TEXT;
  }

  @SubscribeMessage('hello')
  hello(): string {
    return 'hello';
  }
}

const app = useWireApp({ providers: [GigabyteGateway] });

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

function memory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function openSlow(): Promise<Socket> {
  const socket = connect(app.current.port, '127.0.0.1');
  socket.write(Buffer.concat([Buffer.from(upgradeRequest('/')), frame('client', 0x81, '{"event":"gigabyte"}')]));
  await once(socket, 'data');
  return socket.pause();
}

it('memory stays flat while 1 GB goes by, and the neighbour is answered', async () => {
  const reader = await openSlow();
  const neighbour = await app.current.client();
  const progress = { received: 0 };
  let answered = 0;
  let mostBuffered = 0;
  reader.on('data', (chunk: Buffer) => {
    progress.received += chunk.length;
    reader.pause();
  });
  const readUpTo = async (bytes: number): Promise<void> => {
    for (; progress.received < bytes; answered++) {
      reader.resume();
      expect(await neighbour.ask({ event: 'hello' })).toBe('hello');
      mostBuffered = Math.max(mostBuffered, slow!.bufferedAmount);
    }
  };
  await readUpTo(TOTAL_BYTES / 10);
  const early = memory();
  const growth: number[] = [];
  for (let tenth = 2; tenth <= 9; tenth++) {
    await readUpTo((TOTAL_BYTES / 10) * tenth);
    growth.push(memory() - early);
  }
  await readUpTo(TOTAL_BYTES);
  expect(Math.max(...growth)).toBeLessThan(NOISE_BYTES);
  expect(mostBuffered).toBeGreaterThan(0);
  expect(mostBuffered).toBeLessThan(HIGHEST_BUFFERED_BYTES);
  expect(answered).toBeGreaterThan(1000);
  reader.destroy();
}, 60_000);
