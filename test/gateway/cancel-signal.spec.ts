// @CancelSignal(): fires when nobody wants the answer any more, and only then.

import { describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { WsAdapter } from '@nestjs/platform-ws';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CancelSignal } from '../../lib/index.js';
import { Inbox, until } from '../support/bounded-wait.js';
import { itOnNest12 } from '../support/nest-version.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { TestClient } from '../support/test-client.js';
import { useWireApp } from '../support/wire-app.js';

@WebSocketGateway({ path: '/signals' })
class SignalsGateway {
  readonly signals = new Inbox<AbortSignal>('a signal');

  @SubscribeMessage('wait')
  async wait(@CancelSignal() signal: AbortSignal): Promise<string> {
    this.signals.push(signal);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return 'too late';
  }

  @SubscribeMessage('answer')
  answer(@MessageBody() data: unknown, @CancelSignal() signal: AbortSignal): unknown {
    this.signals.push(signal);
    return data;
  }

  @SubscribeMessage('both')
  fails(): never {
    throw new Error('secret');
  }
}

@WebSocketGateway({ path: '/signals' })
class NeighbourGateway {
  readonly signals = new Inbox<AbortSignal>('a signal');

  @SubscribeMessage('both')
  async both(@CancelSignal() signal: AbortSignal): Promise<void> {
    this.signals.push(signal);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
}

describe('@CancelSignal()', () => {
  const app = useWireApp({ providers: [SignalsGateway, NeighbourGateway] });
  const nextSignal = (): Promise<AbortSignal> => app.current.get(SignalsGateway).signals.next();

  it('fires when the client cancels, and nothing more is sent', async () => {
    const client = await app.current.client('/signals');
    client.json({ id: 1, event: 'wait' });
    const signal = await nextSignal();
    expect(signal.aborted).toBe(false);
    client.json({ id: 1, type: 'cancel' });
    await client.expectSilence();
    expect(signal.aborted).toBe(true);
  });

  it.each([
    ['with an id', { id: 1, event: 'wait' }],
    ['without one', { event: 'wait' }],
  ])('fires when the client leaves, for a message %s', async (_what, message) => {
    const client = await app.current.client('/signals');
    client.json(message);
    const signal = await nextSignal();
    client.reset();
    await until(() => signal.aborted, 'the signal');
  });

  it('fires when another handler of the request fails', async () => {
    const client = await app.current.client('/signals');
    client.json({ id: 1, event: 'both' });
    const signal = await app.current.get(NeighbourGateway).signals.next();
    expect(await client.nextJson()).toMatchObject({ id: 1, type: 'error' });
    await until(() => signal.aborted, 'the signal');
  });

  it('does not fire for a request that is answered, nor for others that are cancelled', async () => {
    const client = await app.current.client('/signals');
    client.json({ id: 1, event: 'answer', data: 7 });
    const answered = await nextSignal();
    client.json({ id: 2, event: 'wait' });
    const other = await nextSignal();
    client.json({ id: 1, type: 'cancel' });
    client.json({ event: 'answer' });
    const bare = await nextSignal();
    await client.roundTrip();
    expect([answered.aborted, other.aborted, bare.aborted]).toEqual([false, false, false]);
  });

  // platform-ws 11 keeps exceptions to itself.
  itOnNest12('says what it needs under another adapter', async () => {
    const log = new RecordingLogger();
    const module = { module: class OtherModule {}, providers: [SignalsGateway] };
    const other = await NestFactory.create(module, new ExpressAdapter(), { logger: log });
    other.useWebSocketAdapter(new WsAdapter(other));
    await other.listen(0, '127.0.0.1');
    const { port } = (other.getHttpServer() as Server).address() as AddressInfo;
    const client = await TestClient.open(`ws://127.0.0.1:${port}/signals`);
    expect(await client.ask('answer', 1)).toMatch('Internal server error');
    expect(JSON.stringify(log.lines.map(({ message }) => String(message)))).toMatch(
      '@CancelSignal() needs WireAdapter',
    );
    await client.drop();
    await other.close();
  });
});
