// A burst to a client that reads, over TLS: the stream holds all of it to the end of the turn, which is nobody's slowness.

import { expect, it } from '@jest/globals';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { from, type Observable, range } from 'rxjs';
import { Backpressure, type WireSocket } from '../../lib/index.js';
import { selfSigned } from '../support/self-signed.js';
import { useWireApp } from '../support/wire-app.js';

const BURST = 300;

let server: WireSocket;

@WebSocketGateway()
class BurstGateway {
  handleConnection(client: WireSocket): void {
    server = client;
  }

  @SubscribeMessage('burst')
  @Backpressure({ strategy: 'latest' })
  burst(): Observable<string> {
    return from(Array.from({ length: BURST }, (_, i) => `${i} ${'x'.repeat(1024)}`));
  }

  @SubscribeMessage('many')
  many(): Observable<number> {
    return range(1, 2_000);
  }

  @SubscribeMessage('endless')
  @Backpressure({ strategy: 'drop-oldest', bufferSize: 2 })
  endless(): Observable<string> {
    return from(Array.from({ length: 64 }, () => 'x'.repeat(64 * 1024)));
  }
}

const app = useWireApp({ providers: [BurstGateway], https: selfSigned() });

it('arrives whole', async () => {
  const client = await app.current.client('/', { tls: true });
  client.json({ event: 'burst', id: 1 });
  for (let i = 0; i < BURST; i++) {
    expect(((await client.nextJson()) as { data: string }).data.startsWith(`${i} `)).toBe(true);
  }
  expect(await client.nextJson()).toEqual({ id: 1, type: 'complete' });
});

it('arrives whole where the client has asked for more than there is', async () => {
  const client = await app.current.client('/', { tls: true });
  client.json({ event: 'many', id: 1, request: 5_000 });
  for (let i = 1; i <= 2_000; i++) expect(await client.nextJson()).toEqual({ id: 1, type: 'next', data: i });
  expect(await client.nextJson()).toEqual({ id: 1, type: 'complete' });
});

it('waits within the limit of what may be sent in one turn, and goes by the strategy beyond', async () => {
  const client = await app.current.client('/', { tls: true });
  client.json({ event: 'endless', id: 1 });
  let last: { type: string; dropped?: number };
  let received = 0;
  for (;;) {
    last = (await client.nextJson()) as typeof last;
    if (last.type !== 'next') break;
    received++;
  }
  expect(last).toEqual({ id: 1, type: 'complete', dropped: 64 - received });
  expect(received).toBeGreaterThan(2);
  expect(server.readyState).toBe(1);
});
